import type { KeyValueTree } from "@wadi/mkvs";
import { bytesEqual, concatBytes, startsWith } from "@wadi/util";

const TAG_PREFIX = 0x45;
const HASH_SIZE = 32;

/**
 * The tags of an I/O tree under these keys, in order of keys asked and once per transaction
 * (go/runtime/transaction `GetTagMultiple`). As there, a lookup stops at the first other key: where
 * a key is the beginning of another one, some of its tags may be missed.
 */
export function findTags(tree: Pick<KeyValueTree, "iterate">, keys: readonly Uint8Array[]): Uint8Array[] {
  return keys.flatMap((key) => {
    const prefix = concatBytes(Uint8Array.of(TAG_PREFIX), key);
    const found: Uint8Array[] = [];
    const iterator = tree.iterate();
    for (iterator.seek(prefix); iterator.valid; iterator.next()) {
      const { key: at } = iterator;
      const tag = at.subarray(1, at.length - HASH_SIZE);
      if (!startsWith(at, prefix) || !bytesEqual(tag, key)) break;
      found.push(key);
    }
    return found;
  });
}
