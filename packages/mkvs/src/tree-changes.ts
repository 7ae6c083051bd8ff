// What differs between two trees. Both are walked side by side, and what has the same hash in the
// same place is passed over: the cost is that of the change, not of the trees.
import { bitAt, commonBits } from "./bits.ts";
import { NodeKind, childHash, type Child, type InternalNode } from "./node.ts";
import { resolve, type NodeStore } from "./node-store.ts";
import type { Packed } from "./packed.ts";
import type { Tree } from "./tree.ts";

/** A key whose value differs; undefined stands for "not there". */
export interface TreeChange {
  readonly key: Packed;
  readonly before: Packed | undefined;
  readonly after: Packed | undefined;
}

/** A subtree; of the label that leads to it so many bits are behind us already. */
interface Place {
  readonly child: Child;
  readonly skip: number;
}

const NOTHING: Place = { child: null, skip: 0 };

/** The keys with different values, in order. Both trees must be hashed: committed, or asked for their hash. */
export function treeChanges(before: Tree, after: Tree): TreeChange[] {
  const walk = new Comparison(before.store, after.store);
  walk.compare({ child: before.content, skip: 0 }, { child: after.content, skip: 0 });
  return walk.changes;
}

class Comparison {
  readonly changes: TreeChange[] = [];
  readonly #before: NodeStore;
  readonly #after: NodeStore;

  constructor(before: NodeStore, after: NodeStore) {
    this.#before = before;
    this.#after = after;
  }

  compare(a: Place, b: Place): void {
    if (a.skip === b.skip && childHash(a.child) === childHash(b.child)) return;
    const before = resolve(this.#before, a.child);
    const after = resolve(this.#after, b.child);
    if (before?.kind !== NodeKind.internal || after?.kind !== NodeKind.internal) {
      this.#compareLeaves(before, after);
      return;
    }
    const beforeBits = before.labelBits - a.skip;
    const afterBits = after.labelBits - b.skip;
    const common = commonBits(before.label, a.skip, after.label, b.skip, Math.min(beforeBits, afterBits));
    if (common < beforeBits && common < afterBits) {
      this.#compareLeaves(before, after);
    } else if (common < beforeBits) {
      const skip = a.skip + common;
      this.#compareParts(below(before, skip), parts(after));
    } else if (common < afterBits) {
      const skip = b.skip + common;
      this.#compareParts(parts(before), below(after, skip));
    } else {
      this.#compareParts(parts(before), parts(after));
    }
  }

  #compareParts(before: Parts, after: Parts): void {
    for (const part of ["leaf", "left", "right"] as const) this.compare(before[part], after[part]);
  }

  /** Subtrees of different forms: by all their keys. */
  #compareLeaves(before: Child, after: Child): void {
    const old = new Map<Packed, Packed>();
    const now = new Map<Packed, Packed>();
    collect(this.#before, before, old);
    collect(this.#after, after, now);
    for (const key of new Set([...old.keys(), ...now.keys()].toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0)))) {
      const change = { key, before: old.get(key), after: now.get(key) };
      if (change.before !== change.after) this.changes.push(change);
    }
  }
}

/** What is below a branching point. */
interface Parts {
  readonly leaf: Place;
  readonly left: Place;
  readonly right: Place;
}

function parts({ leaf, left, right }: InternalNode): Parts {
  return { leaf: { child: leaf, skip: 0 }, left: { child: left, skip: 0 }, right: { child: right, skip: 0 } };
}

/** A node as seen from a branching point inside its label, `skip` bits into it. */
function below(node: InternalNode, skip: number): Parts {
  const place = { child: node, skip };
  const isRight = bitAt(node.label, skip) === 1;
  return { leaf: NOTHING, left: isRight ? NOTHING : place, right: isRight ? place : NOTHING };
}

function collect(store: NodeStore, child: Child, into: Map<Packed, Packed>): void {
  const node = resolve(store, child);
  if (node === null) return;
  if (node.kind === NodeKind.leaf) {
    into.set(node.key, node.value);
    return;
  }
  for (const part of [node.leaf, node.left, node.right]) collect(store, part, into);
}
