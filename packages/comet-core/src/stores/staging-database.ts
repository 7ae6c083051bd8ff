// Saves durable transactions: what may be lost with a crash, because the start can make it again,
// waits in memory for the next transaction that has to be durable, and is part of that.
import { concatBytes } from "@wadi/util";
import type { DatabaseBatch, DatabaseRange, EngineDatabase } from "./database.ts";

const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");

export class StagingDatabase implements EngineDatabase {
  readonly #database: EngineDatabase;
  /** Undefined for a deleted key. */
  readonly #staged = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array | undefined }>();

  constructor(database: EngineDatabase) {
    this.#database = database;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const staged = this.#staged.get(textOf(key));
    return staged === undefined ? this.#database.get(key) : staged.value?.slice();
  }

  /** Ranges do not see what is staged; a batch of `write` does. */
  keys(range?: DatabaseRange): Iterable<Uint8Array> {
    return this.#database.keys(range);
  }

  entries(range?: DatabaseRange): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
    return this.#database.entries(range);
  }

  /** Puts single keys, atomically with each other and the next `write`. */
  stage(body: (batch: Pick<DatabaseBatch, "put" | "delete">) => void): void {
    const keep = (key: Uint8Array, value: Uint8Array | undefined): void => {
      this.#staged.set(textOf(key), { key: concatBytes(key), value: value && concatBytes(value) });
    };
    body({ put: keep, delete: (key) => keep(key, undefined) });
  }

  write<T>(body: (batch: DatabaseBatch) => T): T {
    const result = this.#database.write((batch) => {
      for (const { key, value } of this.#staged.values()) {
        if (value === undefined) batch.delete(key);
        else batch.put(key, value);
      }
      return body(batch);
    });
    this.#staged.clear();
    return result;
  }

  /** Writes what is staged. */
  flush(): void {
    if (this.#staged.size > 0) this.write(() => undefined);
  }
}
