import { MAX_STORE_KEY_LENGTH } from "./kv-store.ts";
import type { KvRange } from "./kv-store.ts";

/** Throws RangeError for a key that not every back end could hold. */
export function checkKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > MAX_STORE_KEY_LENGTH) {
    throw new RangeError(`key length ${key.length} is not within 1..${MAX_STORE_KEY_LENGTH}`);
  }
}

/** Throws RangeError for a bound that not every back end could look for; an empty one is below all keys. */
export function checkRange({ start, end }: KvRange): void {
  const length = Math.max(start?.length ?? 0, end?.length ?? 0);
  if (length > MAX_STORE_KEY_LENGTH) throw new RangeError(`bound of ${length} bytes is above ${MAX_STORE_KEY_LENGTH}`);
}
