// The part of `mkvs/reference-cases` about remote trees; its suite calls this.
import assert from "node:assert/strict";
import { RemoteTree, proveGet, proveIterate, provePrefixes } from "@wadi/mkvs";
import type { ReadSyncer, Tree } from "@wadi/mkvs";
import { must, utf8 } from "@wadi/util";
import type { Recorder } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { numberedItems, treeOf } from "./trees.ts";

/** `remote_call_counts` and what it refers to. */
export interface RemoteCallCounts {
  readonly get_each_ascending: { readonly sync_get: number };
  readonly remove_each_descending: { readonly sync_get: number };
  readonly insert_same_each_ascending: { readonly sync_get: number };
  readonly prefetch_then_get: {
    readonly prefixes: readonly string[];
    readonly limit: number;
    readonly sync_get_prefixes: number;
    readonly sync_get: number;
  };
  readonly iterate_items_then_all_seeks: {
    readonly prefetch_0: number;
    readonly prefetch_3: number;
    readonly prefetch_10: number;
  };
}

/** `iterator` of the same file. */
interface IteratorCase {
  readonly items: readonly (readonly [string, string])[];
  readonly seeks: readonly (readonly [string, number])[];
}

/** Serves a tree and counts the requests. */
class CountingSyncer implements ReadSyncer {
  readonly #tree: Tree;
  gets = 0;
  prefixes = 0;
  iterates = 0;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  async syncGet(...[request]: Parameters<ReadSyncer["syncGet"]>): ReturnType<ReadSyncer["syncGet"]> {
    this.gets++;
    return proveGet(this.#tree, request);
  }

  async syncGetPrefixes(
    ...[request]: Parameters<ReadSyncer["syncGetPrefixes"]>
  ): ReturnType<ReadSyncer["syncGetPrefixes"]> {
    this.prefixes++;
    return provePrefixes(this.#tree, request);
  }

  async syncIterate(...[request]: Parameters<ReadSyncer["syncIterate"]>): ReturnType<ReadSyncer["syncIterate"]> {
    this.iterates++;
    return proveIterate(this.#tree, request);
  }

  get counts(): readonly [gets: number, prefixes: number, iterates: number] {
    return [this.gets, this.prefixes, this.iterates];
  }
}

/** A remote tree with room for everything, and the counts of what it asks for. */
function remoteOf(tree: Tree): { remote: RemoteTree; syncer: CountingSyncer } {
  const syncer = new CountingSyncer(tree);
  return { remote: new RemoteTree(syncer, tree.syncRoot), syncer };
}

async function iterateThenSeek(iterator: IteratorCase, prefetch: number, calls: number): Promise<void> {
  const items = iterator.items.map(([key, value]) => [utf8(key), utf8(value)] as const);
  const { remote, syncer } = remoteOf(treeOf(items));
  const found: (readonly [Uint8Array, Uint8Array])[] = [];
  for await (const item of remote.entries(utf8(""), { prefetch })) found.push(item);
  assert.deepEqual(found, items);
  for (const [key, index] of iterator.seeks) {
    const rest: (readonly [Uint8Array, Uint8Array])[] = [];
    for await (const item of remote.entries(utf8(key), { prefetch })) rest.push(item);
    assert.deepEqual(rest, index < 0 ? [] : items.slice(index), key);
  }
  assert.deepEqual(syncer.counts, [0, 0, calls]);
}

/** How often a tree that begins empty must ask; shows that proofs are merged like in the reference. */
export async function remoteCallCounts(r: Recorder, counts: RemoteCallCounts): Promise<void> {
  const { iterator } = must(loadVector<{ readonly iterator: IteratorCase }>("mkvs/reference-cases"));
  const items = [...numberedItems(1000)];
  const tree = treeOf(items);

  await r.caseAsync("remote: get each", async () => {
    const { remote, syncer } = remoteOf(tree);
    for (const [key, value] of items) assert.deepEqual(await remote.get(key), value);
    assert.deepEqual(syncer.counts, [counts.get_each_ascending.sync_get, 0, 0]);
  });
  await r.caseAsync("remote: remove each, last first", async () => {
    const { remote, syncer } = remoteOf(tree);
    for (const [key] of items.toReversed()) await remote.update((t) => t.remove(key));
    assert.equal(remote.commit(tree.syncRoot.namespace, 1n).hash, treeOf([]).syncRoot.hash);
    // The reference loads both children all the way up, we only what a collapse needs.
    const [gets, ...others] = syncer.counts;
    assert.ok(gets <= counts.remove_each_descending.sync_get, `${gets} requests`);
    assert.deepEqual(others, [0, 0]);
  });
  await r.caseAsync("remote: insert each again", async () => {
    const { remote, syncer } = remoteOf(tree);
    for (const [key, value] of items) await remote.update((t) => t.insert(key, value));
    assert.deepEqual(syncer.counts, [counts.insert_same_each_ascending.sync_get, 0, 0]);
  });
  await r.caseAsync("remote: prefetch, then get each", async () => {
    const { remote, syncer } = remoteOf(tree);
    const { prefixes, limit, sync_get, sync_get_prefixes } = counts.prefetch_then_get;
    await remote.prefetchPrefixes(prefixes.map(utf8), limit);
    for (const [key, value] of items) assert.deepEqual(await remote.get(key), value);
    assert.deepEqual(syncer.counts, [sync_get, sync_get_prefixes, 0]);
  });
  const { prefetch_0, prefetch_3, prefetch_10 } = counts.iterate_items_then_all_seeks;
  for (const [prefetch, calls] of [
    [0, prefetch_0],
    [3, prefetch_3],
    [10, prefetch_10],
  ] as const) {
    await r.caseAsync(`remote: iterate with prefetch ${prefetch}`, () => iterateThenSeek(iterator, prefetch, calls));
  }
  r.leaveOut("how often the reference's cache of 50 nodes evicts: ours is bounded by bytes", 1);
}
