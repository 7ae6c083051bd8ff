// Where the nodes of an unfinished restore wait. Nothing in there has to survive: a restore that
// was interrupted begins anew.
import { rmSync } from "node:fs";
import { LmdbStore, MemoryStore } from "@wadi/kv";
import type { KvStore } from "@wadi/kv";

export interface Scratch {
  readonly store: KvStore;
  /** Closes the store and deletes what it holds. */
  drop(): void;
}

/** Makes an empty store. */
export type ScratchFactory = () => Scratch;

export function memoryScratch(): Scratch {
  const store = new MemoryStore();
  return { store, drop: () => void store.close() };
}

/** Deletes what an interrupted restore left at `path`. */
export function removeScratchFile(path: string): void {
  for (const file of [path, `${path}-lock`]) rmSync(file, { force: true });
}

/** A file of its own: deleting that is faster than deleting keys, and gives its space back at once. */
export function fileScratch(path: string): ScratchFactory {
  return () => {
    removeScratchFile(path);
    const store = new LmdbStore({ path, noSync: true });
    return {
      store,
      drop: () => {
        void store.close();
        removeScratchFile(path);
      },
    };
  };
}
