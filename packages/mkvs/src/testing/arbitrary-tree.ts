// Random trees for properties, with the shapes that matter: keys that are prefixes of others,
// keys that differ in one bit, the empty key, empty values.
import fc from "fast-check";
import { toHex } from "@wadi/util";
import { RootType, ZERO_NAMESPACE } from "../root.ts";
import { Tree } from "../tree.ts";
import { packedFromHex } from "../packed.ts";

/** Short keys over few byte values, so that prefixes and shared bits are common. */
export const arbitraryKey: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 5 }).map((bytes) => Uint8Array.from(bytes)),
);

export type Items = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

export const arbitraryItems: fc.Arbitrary<Items> = fc.array(fc.tuple(arbitraryKey, fc.uint8Array({ maxLength: 6 })), {
  maxLength: 40,
});

/** A committed tree in memory. */
export function treeOf(items: Items, version = 1n): Tree {
  const tree = Tree.empty(RootType.state);
  for (const [key, value] of items) tree.insert(key, value);
  tree.commit(ZERO_NAMESPACE, version);
  return tree;
}

/** The items in order of keys, later ones over earlier ones. */
export function sorted(items: Items): [string, string][] {
  const map = new Map(items.map(([key, value]) => [hex(key), hex(value)]));
  return [...map].sort(([a], [b]) => (packedFromHex(a) < packedFromHex(b) ? -1 : 1));
}

export function hex(bytes: Uint8Array): string {
  return toHex(bytes);
}

/** All items of a tree as hex. */
export function entriesOf(tree: Tree): [string, string][] {
  const found: [string, string][] = [];
  const iterator = tree.iterate();
  for (iterator.rewind(); iterator.valid; iterator.next()) found.push([hex(iterator.key), hex(iterator.value)]);
  return found;
}
