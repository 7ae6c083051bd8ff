// Where a node keeps what belongs to consensus. The folders are those of the reference, the names
// of databases say whose format they have.
import { join } from "node:path";
import { makeFolder } from "@wadi/comet";

export interface DataDirectory {
  /** Keys lie in the data directory itself. */
  readonly identity: string;
  /** The engine's: blocks, log, sign state. */
  readonly engine: string;
  /** The applications' state. */
  readonly state: string;
  readonly checkpoints: string;
  /** Small values of several services. */
  readonly persistentStore: string;
}

/** The places in a data directory. */
export function dataDirectory(path: string): DataDirectory {
  const engine = join(path, "consensus");
  const database = join(engine, "state", "mkvs_storage.wadi.db");
  return {
    identity: path,
    engine,
    state: database,
    checkpoints: join(database, "checkpoints"),
    persistentStore: join(path, "persistent-store.wadi.db"),
  };
}

/** Makes the folders that are missing, for the owner only. */
export function makeFolders({ engine, identity, persistentStore, state }: DataDirectory): void {
  for (const folder of [identity, engine, state, persistentStore]) makeFolder(folder);
}
