// Whether the node is to leave the registry, kept over restarts.
// Reference: go/worker/registration/worker.go (deregistrationRequested).
import { join } from "node:path";
import { LmdbStore, type KvStore } from "@wadi/kv";
import { utf8 } from "@wadi/util";
import type { RegistrationOptions } from "@wadi/workers";

import { STORE_NAME, lockDataDirectory } from "../data-directory.ts";

const KEY = utf8("worker/registration.deregistration requested");
/** CBOR. */
const TRUE = Uint8Array.of(0xf5);

/** Opens the node's small values. */
export function openNodeStore(dataDir: string): LmdbStore {
  return new LmdbStore({ path: join(dataDir, STORE_NAME, "node.mdb") });
}

export function registrationFlag(store: KvStore): RegistrationOptions["flag"] {
  return {
    get: () => store.has(KEY),
    set: (value) => store.write((batch) => (value ? batch.put(KEY, TRUE) : batch.delete(KEY))),
  };
}

/** Has a node that does not run register again when it is started. Rejects with ErrNode while it runs. */
export async function clearDeregistration(dataDir: string): Promise<void> {
  using _lock = lockDataDirectory(dataDir);
  await using store = openNodeStore(dataDir);
  registrationFlag(store).set(false);
}
