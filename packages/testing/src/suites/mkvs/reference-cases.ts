import assert from "node:assert/strict";
import {
  NodeKind,
  Overlay,
  RootType,
  Tree,
  ZERO_NAMESPACE,
  addTransaction,
  openNodeDb,
  packedEntries,
  resolve,
} from "@wadi/mkvs";
import type { Child, NodeStore, Root, TreeIterator } from "@wadi/mkvs";
import { fromBase64, fromHex, toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { remoteCallCounts } from "./remote-call-counts.ts";
import type { RemoteCallCounts } from "./remote-call-counts.ts";
import { treeOf } from "./trees.ts";

type Pair = readonly [string, string];
type Seek = readonly [key: string, index: number];
type Op = readonly ["insert", string, string] | readonly ["remove", string];
interface OpCase {
  readonly op: "Insert" | "Remove" | "Get" | "IteratorSeek";
  readonly key: string;
  readonly value?: string;
  readonly expected_key?: string;
}
interface File {
  readonly empty_root: string;
  readonly patterns: readonly {
    readonly name: string;
    readonly key: string;
    readonly value: string;
    readonly range: readonly [number, number];
    readonly root: string;
    readonly internal_nodes?: number;
  }[];
  readonly long_keys: { readonly long_key: string; readonly long_value: string; readonly root: string };
  readonly basic: {
    readonly steps: readonly {
      readonly ops: readonly Op[];
      readonly commit_root: string;
      readonly write_log: readonly (readonly [string, string | null])[];
    }[];
  };
  readonly no_persist: readonly {
    readonly ops: readonly Op[];
    readonly version: number;
    readonly persist: boolean;
    readonly root: string;
    readonly write_log_len: number;
  }[];
  readonly forked_batches: {
    readonly batches: readonly {
      readonly src_version: number;
      readonly dst_version: number;
      readonly src_root: string;
      readonly dst_root: string;
      readonly finalized: boolean;
      readonly inserts_base64: readonly Pair[];
    }[];
  };
  readonly op_cases: { readonly cases: Readonly<Record<string, readonly OpCase[]>> };
  readonly iterator: {
    readonly items: readonly Pair[];
    readonly seeks: readonly Seek[];
    readonly overlay: { readonly items: readonly Pair[]; readonly seeks: readonly Seek[] };
    readonly case1: { readonly items: readonly Pair[]; readonly seeks: readonly Seek[] };
    readonly case2: {
      readonly keys_hex: readonly string[];
      readonly value: string;
      readonly seek_hex: string;
      readonly found_hex: string;
    };
  };
  readonly remote_call_counts: RemoteCallCounts;
  readonly cache_accounting: object;
  readonly io_tree: { readonly root: string };
}

const stateRoot = (version: number, hash: string): Root => ({
  namespace: ZERO_NAMESPACE,
  version: BigInt(version),
  type: RootType.state,
  hash,
});

const textItems = (items: readonly Pair[]): [Uint8Array, Uint8Array][] => items.map(([k, v]) => [utf8(k), utf8(v)]);

function apply(tree: Tree, ops: readonly Op[]): void {
  for (const op of ops) {
    if (op[0] === "insert") tree.insert(utf8(op[1]), utf8(op[2]));
    else tree.remove(utf8(op[1]));
  }
}

function countInternal(store: NodeStore, child: Child): number {
  const node = resolve(store, child);
  if (node === null || node.kind === NodeKind.leaf) return 0;
  return 1 + countInternal(store, node.left) + countInternal(store, node.right);
}

function patterns(r: Recorder, file: File): void {
  r.case("empty root", () => assert.equal(Tree.empty(RootType.state).commit(ZERO_NAMESPACE, 0n).hash, file.empty_root));
  for (const { name, key, value, range, root, internal_nodes } of file.patterns) {
    const items: [Uint8Array, Uint8Array][] = [];
    for (let i = range[0]; i < range[1]; i++) {
      items.push([utf8(key.replace("%d", String(i))), utf8(value.replace("%d", String(i)))]);
    }
    r.case(`${name}: one commit`, () => {
      const tree = treeOf(items);
      assert.equal(tree.syncRoot.hash, root);
      if (internal_nodes !== undefined) assert.equal(countInternal(tree.store, tree.content), internal_nodes);
    });
    r.case(`${name}: descending order`, () => assert.equal(treeOf(items.toReversed()).syncRoot.hash, root));
    r.case(`${name}: one commit per insert`, () => {
      const tree = Tree.empty(RootType.state);
      items.forEach(([k, v], i) => {
        tree.insert(k, v);
        tree.commit(ZERO_NAMESPACE, BigInt(i));
      });
      assert.equal(tree.syncRoot.hash, root);
    });
  }
}

function longKeys(r: Recorder, { long_keys: { long_key, long_value, root } }: File): void {
  r.case("long keys: there and back", () => {
    const tree = Tree.empty(RootType.state);
    const roots = [tree.hash()];
    const key = utf8(long_key);
    for (let i = 1; i <= key.length; i++) {
      tree.insert(key.subarray(0, i), utf8(long_value));
      roots.push(tree.commit(ZERO_NAMESPACE, 0n).hash);
    }
    assert.equal(roots.at(-1), root);
    for (let i = key.length; i > 0; i--) {
      assert.equal(tree.commit(ZERO_NAMESPACE, 0n).hash, roots[i], `${i} keys`);
      assert.deepEqual(tree.removeExisting(key.subarray(0, i)), utf8(long_value));
    }
    assert.equal(tree.hash(), roots[0]);
  });
}

async function commits(r: Recorder, file: File): Promise<void> {
  await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
  const tree = Tree.empty(RootType.state, db);
  file.basic.steps.forEach(({ ops, commit_root, write_log }, i) => {
    r.case(`basic: commit ${i}`, () => {
      apply(tree, ops);
      const { hash, writeLog } = tree.commit(ZERO_NAMESPACE, BigInt(i));
      assert.equal(hash, commit_root);
      const log = Array.from(writeLog.changes).sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(log, write_log);
    });
  });
  await using other = openNodeDb({ namespace: ZERO_NAMESPACE });
  const kept = Tree.empty(RootType.state, other);
  file.no_persist.forEach(({ ops, version, persist, root, write_log_len }, i) => {
    r.case(`no persist: commit ${i}`, () => {
      apply(kept, ops);
      const { hash, writeLog } = kept.commit(ZERO_NAMESPACE, BigInt(version), { noPersist: !persist });
      assert.equal(hash, root);
      assert.equal(writeLog.size, write_log_len);
      assert.equal(other.hasRoot(stateRoot(version, root)), persist);
    });
  });
}

async function forks(r: Recorder, { forked_batches: { batches } }: File): Promise<void> {
  await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
  batches.forEach((batch, i) => {
    r.case(`forked batches: commit ${i}`, () => {
      const tree = new Tree(db, stateRoot(batch.src_version, batch.src_root));
      for (const [key, value] of batch.inserts_base64) tree.insert(fromBase64(key), fromBase64(value));
      assert.equal(tree.commit(ZERO_NAMESPACE, BigInt(batch.dst_version)).hash, batch.dst_root);
      // The first version is final before the forks are made.
      if (batch.src_version === batch.dst_version) db.finalize([stateRoot(batch.dst_version, batch.dst_root)]);
    });
  });
  r.case("forked batches: the finalized fork is whole", () => {
    const winner = batches.findLast((batch) => batch.finalized);
    assert.ok(winner !== undefined);
    const root = stateRoot(winner.dst_version, winner.dst_root);
    db.finalize([root]);
    const expected = new Map(batches.filter((b) => b.finalized).flatMap((b) => [...b.inserts_base64]));
    const seen = Array.from(packedEntries(new Tree(db, root)), ([k, v]) => [btoa(k), btoa(v)] as const);
    assert.deepEqual(new Map(seen), expected);
  });
}

function opCases(r: Recorder, { op_cases: { cases } }: File): void {
  for (const [name, ops] of Object.entries(cases)) {
    r.case(`operations: ${name}`, () => {
      const tree = Tree.empty(RootType.state);
      for (const { op, key, value = "", expected_key } of ops) {
        const k = fromBase64(key);
        if (op === "Insert") tree.insert(k, fromBase64(value));
        else if (op === "Remove") tree.remove(k);
        else if (op === "Get") assert.deepEqual(tree.get(k), fromBase64(value));
        else {
          const iterator = tree.iterate();
          iterator.seek(k);
          assert.deepEqual(iterator.key, fromBase64(expected_key ?? ""));
          assert.deepEqual(iterator.value, fromBase64(value));
        }
        if (op === "Insert" || op === "Remove") tree.commit(ZERO_NAMESPACE, 0n);
      }
    });
  }
}

function checkSeeks(iterator: TreeIterator, items: readonly Pair[], seeks: readonly Seek[]): void {
  for (const [key, index] of seeks) {
    iterator.seek(utf8(key));
    const rest = index < 0 ? [] : items.slice(index);
    const seen: Pair[] = [];
    for (; iterator.valid; iterator.next()) seen.push([iterator.packedKey, iterator.packedValue]);
    assert.deepEqual(seen, rest, `seek ${key}`);
  }
}

function iterators(r: Recorder, { iterator: { items, seeks, overlay, case1, case2 } }: File): void {
  const tree = treeOf(textItems(items));
  r.case("iterator: all items", () => assert.deepEqual([...packedEntries(tree)], items));
  r.case("iterator: seeks", () => checkSeeks(tree.iterate(), items, seeks));
  r.case("iterator: overlay", () => {
    const changed = new Overlay(tree);
    changed.remove(utf8("key 2"));
    changed.insert(utf8("key 7"), utf8("seven"));
    changed.remove(utf8("key 5"));
    changed.insert(utf8("key 5"), utf8("fivey"));
    assert.equal(changed.iterate().valid, false);
    assert.deepEqual([...packedEntries(changed)], overlay.items);
    checkSeeks(changed.iterate(), overlay.items, overlay.seeks);
  });
  r.case("iterator: case 1", () => {
    checkSeeks(treeOf(textItems(case1.items)).iterate(), case1.items, case1.seeks);
  });
  r.case("iterator: case 2", () => {
    const iterator = treeOf(case2.keys_hex.map((key) => [fromHex(key), utf8(case2.value)])).iterate();
    iterator.seek(fromHex(case2.seek_hex));
    assert.equal(toHex(iterator.key), case2.found_hex);
  });
}

function ioTree(r: Recorder, { io_tree: { root } }: File): void {
  r.case("I/O tree", () => {
    const tree = Tree.empty(RootType.io);
    const output = utf8("and this comes out");
    const tag = (key: string, value: string): { key: Uint8Array; value: Uint8Array } => ({
      key: utf8(key),
      value: utf8(value),
    });
    addTransaction(tree, { input: utf8("this goes in"), output, batchOrder: 0 }, [tag("tag1", "value1")]);
    for (let i = 0; i < 20; i++) {
      const tags = [tag("tagA", "valueA"), tag("tagB", "valueB")];
      addTransaction(tree, { input: utf8(`this goes in (${i})`), output, batchOrder: i + 1 }, tags);
    }
    assert.equal(tree.commit(ZERO_NAMESPACE, 0n).hash, root);
  });
}

/** Constants and cases of the reference's own tests. */
export const suite: Suite = {
  file: "mkvs/reference-cases",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<File>("mkvs/reference-cases");
    if (!file) return;
    patterns(r, file);
    longKeys(r, file);
    await commits(r, file);
    await forks(r, file);
    opCases(r, file);
    iterators(r, file);
    ioTree(r, file);
    await remoteCallCounts(r, file.remote_call_counts);
    r.leaveOut(
      "sizes of the Go process's heap; our node cache counts differently",
      Object.keys(file.cache_accounting).length - 1,
    );
  },
};
