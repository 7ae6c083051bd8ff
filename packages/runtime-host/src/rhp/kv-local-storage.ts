import { MAX_STORE_KEY_LENGTH, type KvStore } from "@wadi/kv";
import { plainError } from "./errors.ts";
import type { LocalStorage } from "./host-services.ts";

/**
 * Local storage of one runtime in a store of its own; what is set survives a crash. Keys have 1 to
 * 1024 bytes, others are refused.
 */
export class KvLocalStorage implements LocalStorage {
  readonly #store: KvStore;

  constructor(store: KvStore) {
    this.#store = store;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    checkKey(key);
    return this.#store.get(key);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    checkKey(key);
    this.#store.write((batch) => batch.put(key, value));
  }
}

function checkKey({ length }: Uint8Array): void {
  if (length === 0 || length > MAX_STORE_KEY_LENGTH) throw plainError("invalid local storage key");
}
