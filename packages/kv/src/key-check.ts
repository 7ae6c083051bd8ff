import { MAX_STORE_KEY_LENGTH } from "./kv-store.ts";

/** Throws RangeError for a key that not every back end could hold. */
export function checkKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > MAX_STORE_KEY_LENGTH) {
    throw new RangeError(`key length ${key.length} is not within 1..${MAX_STORE_KEY_LENGTH}`);
  }
}
