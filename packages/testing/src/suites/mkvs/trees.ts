// Trees that several files describe.
import { RootType, Tree, ZERO_NAMESPACE } from "@wadi/mkvs";
import { utf8 } from "@wadi/util";
import { sha512_256 } from "./hash.ts";

export interface TreeIdentity {
  readonly namespace?: string;
  readonly version?: bigint;
  readonly type?: RootType;
}

/** A committed tree in memory; later items overwrite earlier ones with the same key. */
export function treeOf(
  items: Iterable<readonly [Uint8Array, Uint8Array]>,
  { namespace = ZERO_NAMESPACE, version = 0n, type = RootType.state }: TreeIdentity = {},
): Tree {
  const tree = Tree.empty(type);
  for (const [key, value] of items) tree.insert(key, value);
  tree.commit(namespace, version);
  return tree;
}

/** `<prefix>key <i>` to `<prefix>value <i>` as the reference's tests use them. */
export function* numberedItems(count: number, prefix = ""): Generator<[Uint8Array, Uint8Array]> {
  for (let i = 0; i < count; i++) yield [utf8(`${prefix}key ${i}`), utf8(`${prefix}value ${i}`)];
}

/** The formula of the checkpoint files. */
export function* checkpointItems(count: number): Generator<[Uint8Array, Uint8Array]> {
  for (let i = 0; i < count; i++) {
    const key = sha512_256(utf8(`mkvs-cp-key-${i}`)).subarray(0, 1 + (i % 16));
    yield [key, sha512_256(utf8(`mkvs-cp-value-${i}`)).subarray(0, i % 33)];
  }
}
