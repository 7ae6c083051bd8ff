// The evidence pool's keys inside the engine's database.
import { concatBytes } from "@wadi/util";
import type { EvidenceStorage } from "../evidence/ports.ts";
import type { EngineDatabase } from "./database.ts";
import { KeyKind } from "./store-keys.ts";

const prefix = Uint8Array.of(KeyKind.evidence);
const inside = (key: Uint8Array): Uint8Array => concatBytes(prefix, key);

/** A part of the database for an evidence pool; each write is durable on return. */
export function evidenceStorage(database: EngineDatabase): EvidenceStorage {
  return {
    has: (key) => database.get(inside(key)) !== undefined,
    put: (key, value) => database.write((batch) => batch.put(inside(key), value)),
    delete: (key) => {
      // Most deletions are of keys that are not there; those need no write.
      if (database.get(inside(key)) !== undefined) database.write((batch) => batch.delete(inside(key)));
    },
    *entries({ start, end }) {
      for (const { key, value } of database.entries({ start: inside(start), end: inside(end) })) {
        yield { key: key.subarray(prefix.length), value };
      }
    },
  };
}
