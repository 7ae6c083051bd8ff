import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Hash } from "@wadi/types";
import { WadiError, isError, utf8 } from "@wadi/util";
import { emptyStore } from "../node-store.ts";
import { ErrInvalidRoot } from "../errors.ts";
import { ZERO_NAMESPACE } from "../root.ts";
import { arbitraryItems, arbitraryKey, entriesOf, hex, sorted, treeOf } from "../testing/arbitrary-tree.ts";
import { TreeSyncer } from "../testing/tree-syncer.ts";
import type { Tree } from "../tree.ts";
import { ErrNodeNotInProof, ErrUnexpectedProofRoot } from "./errors.ts";
import type { ProofResponse } from "./messages.ts";
import { RemoteTree } from "./remote-tree.ts";
import type { RemoteTreeOptions } from "./remote-tree.ts";

const proofVersion = fc.constantFrom<0 | 1>(0, 1);

function remoteOf(tree: Tree, options?: RemoteTreeOptions): { remote: RemoteTree; syncer: TreeSyncer } {
  const syncer = new TreeSyncer(tree);
  return { remote: new RemoteTree(syncer, tree.syncRoot, options), syncer };
}

async function allEntries(remote: RemoteTree, from: Uint8Array, prefetch: number): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const [key, value] of remote.entries(from, { prefetch })) found.push([hex(key), hex(value)]);
  return found;
}

test("one proof answers a key, present or absent", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryItems, arbitraryKey, fc.nat(), proofVersion, async (items, other, pick, v) => {
      const tree = treeOf(items);
      for (const key of [other, items[pick % Math.max(1, items.length)]?.[0] ?? other]) {
        const { remote, syncer } = remoteOf(tree, { proofVersion: v });
        syncer.limit = 1;
        assert.deepEqual(await remote.get(key), tree.get(key));
        // The same answer again comes without asking.
        syncer.limit = 0;
        assert.deepEqual(await remote.get(key), tree.get(key));
      }
    }),
  );
});

test("one proof answers an iteration with enough prefetch, and the keys in it", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryItems, arbitraryKey, proofVersion, async (items, from, v) => {
      const tree = treeOf(items);
      const { remote, syncer } = remoteOf(tree, { proofVersion: v });
      syncer.limit = 1;
      const expected = sorted(items).filter(([key]) => Buffer.compare(Buffer.from(key, "hex"), from) >= 0);
      assert.deepEqual(await allEntries(remote, from, 1000), expected);
      for (const [key, value] of expected) {
        assert.equal(hex((await remote.get(Buffer.from(key, "hex"))) as Uint8Array), value);
      }
    }),
  );
});

test("a prefetch of prefixes answers everything below them", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryItems,
      fc.array(arbitraryKey, { minLength: 1, maxLength: 3 }),
      proofVersion,
      async (items, prefixes, v) => {
        const tree = treeOf(items);
        const { remote, syncer } = remoteOf(tree, { proofVersion: v });
        await remote.prefetchPrefixes(prefixes, 60_000);
        syncer.limit = 0;
        for (const [key, value] of items) {
          if (!prefixes.some((prefix) => hex(key).startsWith(hex(prefix)))) continue;
          assert.deepEqual(await remote.get(key), tree.get(key) ?? value);
        }
      },
    ),
  );
});

test("changes on a remote tree give the root that they give on the whole tree", async () => {
  const change = fc.tuple(arbitraryKey, fc.option(fc.uint8Array({ maxLength: 4 })));
  await fc.assert(
    fc.asyncProperty(arbitraryItems, fc.array(change, { maxLength: 20 }), proofVersion, async (items, changes, v) => {
      const tree = treeOf(items);
      const { remote } = remoteOf(tree.copy(), { proofVersion: v });
      for (const [key, value] of changes) {
        if (value === null) {
          tree.remove(key);
          await remote.update((t) => t.remove(key));
        } else {
          tree.insert(key, value);
          await remote.update((t) => t.insert(key, value));
        }
      }
      const expected = tree.commit(ZERO_NAMESPACE, 2n);
      const actual = remote.commit(ZERO_NAMESPACE, 2n);
      assert.equal(actual.hash, expected.hash);
      assert.deepEqual(new Map(actual.writeLog.changes), new Map(expected.writeLog.changes));
    }),
  );
});

test("an absent key below a node that took its parent's place needs no further node", async () => {
  const rest = [128, 255].map((byte): [Uint8Array, Uint8Array] => [Uint8Array.of(byte), utf8("")]);
  const tree = treeOf([...rest, [utf8(""), utf8("")]]);
  for (const proofVersion of [0, 1] as const) {
    const { remote } = remoteOf(tree.copy(), { proofVersion });
    await remote.update((t) => t.remove(utf8("")));
    assert.equal(await remote.get(Uint8Array.of(1)), undefined);
    await remote.update((t) => t.remove(Uint8Array.of(0)));
    assert.equal(remote.commit(ZERO_NAMESPACE, 2n).hash, treeOf(rest).syncRoot.hash);
  }
});

test("an operation of many steps leaves a trace only when it is complete", async () => {
  const items = Array.from({ length: 50 }, (_, i) => [utf8(`key ${i}`), utf8(`${i}`)] as const);
  const tree = treeOf(items);
  const { remote } = remoteOf(tree);
  let runs = 0;
  const removed = await remote.update((t) => {
    runs++;
    return items.map(([key]) => t.removeExisting(key));
  });
  assert.ok(runs > 1, "the operation must have been repeated");
  assert.deepEqual(
    removed,
    items.map(([, value]) => value),
  );
  assert.equal(remote.commit(ZERO_NAMESPACE, 2n).hash, treeOf([]).syncRoot.hash);
});

test("a cache that is too small for one operation slows it down and nothing else", async () => {
  const items = Array.from({ length: 300 }, (_, i) => [utf8(`key ${i}`), utf8(`value ${i}`)] as const);
  const tree = treeOf(items);
  const { remote, syncer } = remoteOf(tree, { capacityBytes: 1000 });
  const values = await remote.read((t) => items.map(([key]) => t.get(key)));
  assert.deepEqual(
    values,
    items.map(([, value]) => value),
  );
  const { calls } = syncer;
  assert.deepEqual(await allEntries(remote, utf8(""), 20), entriesOf(tree));
  assert.ok(syncer.calls > calls, "nodes must have been dropped");
});

test("a store at hand is looked at first", async () => {
  const items = Array.from({ length: 20 }, (_, i) => [utf8(`key ${i}`), utf8("x")] as const);
  const tree = treeOf(items);
  const { remote: filled, syncer } = remoteOf(tree);
  await filled.prefetchPrefixes([utf8("")], 100);
  const store = {
    openRoot: emptyStore.openRoot,
    load: (ref: Parameters<typeof emptyStore.load>[0]) => local.load(ref),
  };
  const local = filled.store;
  const second = new RemoteTree(syncer, tree.syncRoot, { local: store });
  syncer.limit = 0;
  for (const [key, value] of items) assert.deepEqual(await second.get(key), value);
});

test("a remote tree can itself be asked", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryItems, arbitraryKey, proofVersion, proofVersion, async (items, key, v, upstream) => {
      const tree = treeOf(items);
      const { remote: middle } = remoteOf(tree, { proofVersion: upstream });
      const last = new RemoteTree(middle, tree.syncRoot, { proofVersion: v });
      assert.deepEqual(await last.get(key), tree.get(key));
      assert.deepEqual(
        await allEntries(last, key, 3),
        sorted(items).filter(([k]) => Buffer.compare(Buffer.from(k, "hex"), key) >= 0),
      );
    }),
    { numRuns: 40 },
  );
  const tree = treeOf([[utf8("a"), utf8("1")]]);
  const { remote } = remoteOf(tree);
  const id = { root: { ...tree.syncRoot, version: 7n }, position: tree.syncRoot.hash as Hash };
  const request = { tree: id, prefixes: [utf8("a")], limit: 3, proofVersion: 0 };
  await assert.rejects(remote.syncGetPrefixes(request), (e) => isError(e, ErrInvalidRoot));
});

test("answers that prove nothing are refused", async () => {
  const items = Array.from({ length: 30 }, (_, i) => [utf8(`key ${i}`), utf8("x")] as const);
  const tree = treeOf(items);
  const other = treeOf([...items, [utf8("other"), utf8("y")]]);
  const with_ = (change: (response: ProofResponse) => ProofResponse): RemoteTree =>
    new RemoteTree(new TreeSyncer(tree, change), tree.syncRoot);
  const key = utf8("key 7");

  const claimed = with_(({ proof }) => ({ proof: { ...proof, untrustedRoot: other.syncRoot.hash as Hash } }));
  await assert.rejects(claimed.get(key), (e) => isError(e, ErrUnexpectedProofRoot));

  const onlyHash = Uint8Array.from([2, ...Buffer.from(tree.syncRoot.hash, "hex")]);
  const hollow = with_(({ proof }) => ({ proof: { ...proof, entries: [onlyHash] } }));
  await assert.rejects(hollow.get(key), (e) => isError(e, ErrNodeNotInProof));

  const empty = with_(({ proof }) => ({ proof: { ...proof, entries: [] } }));
  await assert.rejects(empty.get(key), WadiError);

  const liar = new RemoteTree(new TreeSyncer(other), other.syncRoot);
  const forged = with_(({ proof }) => proof && { proof: { ...proof, entries: proof.entries.with(-1, null) } });
  await assert.rejects(forged.get(key), WadiError);
  assert.deepEqual(await liar.get(utf8("other")), utf8("y"));
});

test("an aborted call ends the operation", async () => {
  const tree = treeOf([[utf8("a"), utf8("1")]]);
  const syncer = new TreeSyncer(tree);
  const remote = new RemoteTree(
    {
      syncGet: async (_request, options) => {
        options?.signal?.throwIfAborted();
        throw new Error("not reached");
      },
      syncGetPrefixes: (request) => syncer.syncGetPrefixes(request),
      syncIterate: (request) => syncer.syncIterate(request),
    },
    tree.syncRoot,
  );
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(remote.get(utf8("a"), { signal }), { message: "stopped" });
});
