// What trees and overlays have in common (go/storage/mkvs/mkvs.go). Everything is synchronous; a
// node that is not at hand surfaces as MissingNodeError and the operation may be run again.
import { ErrKeyTooLong, fail } from "./errors.ts";
import { MAX_KEY_LENGTH } from "./node.ts";
import type { Packed } from "./packed.ts";

/**
 * A position in a tree, in bytewise order of keys. Invalid before the first `seek` or `rewind`.
 * A change of the tree voids its iterators, except where noted.
 */
export interface TreeIterator {
  /** Goes to the first key that is not below `key`. */
  seek(key: Uint8Array): void;
  seekPacked(key: Packed): void;
  /** Goes to the first key. */
  rewind(): void;
  next(): void;
  readonly valid: boolean;
  /** A fresh copy; only while valid. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly packedKey: Packed;
  readonly packedValue: Packed;
}

/**
 * Keys have at most 8191 bytes (ErrKeyTooLong). An empty value is a value; there is no other way
 * to store "nothing" than not to have the key. Results are fresh copies.
 */
export interface KeyValueTree {
  get(key: Uint8Array): Uint8Array | undefined;
  insert(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
  /** Removes the key and returns its value. */
  removeExisting(key: Uint8Array): Uint8Array | undefined;
  iterate(): TreeIterator;

  // The same on packed bytes, which overlays use to pass keys through.
  getPacked(key: Packed): Packed | undefined;
  insertPacked(key: Packed, value: Packed): void;
  removePacked(key: Packed): void;
  removeExistingPacked(key: Packed): Packed | undefined;
}

export function checkKeyLength(key: { readonly length: number }): void {
  if (key.length > MAX_KEY_LENGTH) fail(ErrKeyTooLong, `${key.length} bytes`);
}

/** All keys that start with `prefix`, with their values, packed. */
export function* packedEntries(tree: KeyValueTree, prefix: Packed = ""): Generator<[Packed, Packed]> {
  const iterator = tree.iterate();
  for (iterator.seekPacked(prefix); iterator.valid; iterator.next()) {
    const key = iterator.packedKey;
    if (!key.startsWith(prefix)) return;
    yield [key, iterator.packedValue];
  }
}
