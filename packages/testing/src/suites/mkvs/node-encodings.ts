import assert from "node:assert/strict";
import {
  NodeKind,
  RootType,
  Tree,
  ZERO_NAMESPACE,
  decodeNode,
  encodeNode,
  encodedSize,
  hashNode,
  packedFromHex,
  packedToHex,
} from "@wadi/mkvs";
import type { Child, NodeForm } from "@wadi/mkvs";
import { fromHex, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface RecordedNode {
  readonly kind: "leaf" | "internal";
  readonly hash: string;
  readonly full: string;
  readonly compact_v0?: string;
  readonly compact_v1?: string;
  readonly key?: string;
  readonly value?: string;
  readonly label?: string;
  readonly label_bits?: number;
  readonly bit_depth?: number;
  readonly leaf?: string | null;
  readonly left?: string | null;
  readonly right?: string | null;
}
interface RecordedTree {
  readonly name: string;
  readonly items: readonly (readonly [string, string])[];
  readonly root: string;
  readonly nodes_pre_order: readonly RecordedNode[];
}

const FORMS: readonly (readonly [NodeForm, "full" | "compact_v0" | "compact_v1"])[] = [
  ["full", "full"],
  ["compact-v0", "compact_v0"],
  ["compact-v1", "compact_v1"],
];

const hashOrNone = (child: Child): string | undefined => (child === null ? undefined : packedToHex(child.hash));

/** What the tree holds, in the file's order: a node, its leaf, its left child, its right child. */
function record(child: Child, depth: number, out: RecordedNode[]): void {
  if (child === null) return;
  assert.notEqual(child.kind, NodeKind.ref);
  if (child.kind === NodeKind.ref) return;
  if (child.kind === NodeKind.leaf) {
    const { key, value } = child;
    const full = toHex(encodeNode(child, "full"));
    out.push({ kind: "leaf", hash: packedToHex(child.hash), key: packedToHex(key), value: packedToHex(value), full });
    return;
  }
  const forms = Object.fromEntries(FORMS.map(([form, name]) => [name, toHex(encodeNode(child, form))]));
  out.push({
    kind: "internal",
    hash: packedToHex(child.hash),
    label: packedToHex(child.label),
    label_bits: child.labelBits,
    bit_depth: depth,
    leaf: hashOrNone(child.leaf) ?? null,
    left: hashOrNone(child.left) ?? null,
    right: hashOrNone(child.right) ?? null,
    ...(forms as { full: string; compact_v0: string; compact_v1: string }),
  });
  record(child.leaf, depth + child.labelBits, out);
  record(child.left, depth + child.labelBits, out);
  record(child.right, depth + child.labelBits, out);
}

/** Absent and null members mean the same. */
const plain = (node: RecordedNode): unknown =>
  Object.fromEntries(Object.entries(node).filter(([, value]) => value !== null && value !== undefined));

function checkDecoding(node: RecordedNode): void {
  const full = decodeNode(fromHex(node.full));
  assert.equal(packedToHex(full.hash), node.hash, "hash of the decoded node");
  assert.equal(encodedSize(full, "full"), node.full.length / 2);
  if (full.kind !== NodeKind.internal) return;
  for (const [form, name] of FORMS.slice(1)) {
    const compact = decodeNode(fromHex(node[name] ?? ""));
    assert.equal(compact.hash, "", "a compact node has no hash of its own");
    assert.equal(toHex(encodeNode(compact, form)), node[name]);
    if (compact.kind !== NodeKind.internal) throw new Error("kind changed");
    compact.left = full.left;
    compact.right = full.right;
    if (form === "compact-v1") compact.leaf = full.leaf;
    assert.equal(packedToHex(hashNode(compact)), node.hash, "hash after filling in the children");
  }
}

/** Every node of small trees in every serialization. */
export const suite: Suite = {
  file: "mkvs/node-encodings",
  run(r: Recorder): void {
    const file = loadVector<{ readonly trees: readonly RecordedTree[] }>("mkvs/node-encodings");
    if (!file) return;
    for (const recorded of file.trees) {
      const tree = Tree.empty(RootType.state);
      for (const [key, value] of recorded.items) tree.insertPacked(packedFromHex(key), packedFromHex(value));
      const nodes: RecordedNode[] = [];
      r.case(`${recorded.name}: root`, () => {
        assert.equal(tree.commit(ZERO_NAMESPACE, 1n).hash, recorded.root);
        record(tree.content, 0, nodes);
        assert.equal(nodes.length, recorded.nodes_pre_order.length);
      });
      recorded.nodes_pre_order.forEach((expected, i) => {
        r.case(`${recorded.name}: node ${i}`, () => {
          assert.deepEqual(plain(nodes[i] as RecordedNode), plain(expected));
          checkDecoding(expected);
        });
      });
    }
  },
};
