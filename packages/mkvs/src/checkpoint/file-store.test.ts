import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { isError, must, utf8 } from "@wadi/util";
import type { Namespace } from "@wadi/types";
import { openNodeDb } from "../db/node-db.ts";
import { ErrRootNotFound, MissingNodeError } from "../errors.ts";
import { refByHash } from "../node-store.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot, packedHash } from "../root.ts";
import type { Root } from "../root.ts";
import { entriesOf, treeOf } from "../testing/arbitrary-tree.ts";
import { checkpointOf } from "../testing/checkpoints.ts";
import { Tree } from "../tree.ts";
import { ErrCheckpointNotFound, ErrChunkNotFound, ErrCorruptedMetadata } from "./errors.ts";
import { treesOf } from "./database-trees.ts";
import { FileCheckpointStore } from "./file-store.ts";
import { Metadata, chunkMetadata } from "./metadata.ts";
import { Restorer } from "./restorer.ts";

const OPTIONS = { chunkSize: 200, threads: 2 };
const items = Array.from({ length: 60 }, (_, i) => [utf8(`key ${i}`), utf8(`value ${i}`)] as const);

interface Fixture extends AsyncDisposable {
  readonly folder: string;
  readonly files: FileCheckpointStore;
  readonly tree: (version: bigint, count?: number) => Tree;
  readonly opened: { now: number };
}

async function fixture(): Promise<Fixture> {
  const base = await mkdtemp(join(tmpdir(), "wadi-checkpoints-"));
  const folder = join(base, "checkpoints");
  const trees = new Map<string, Tree>();
  const opened = { now: 0 };
  const files = new FileCheckpointStore(folder, (root) => {
    const tree = must(trees.get(`${root.version}/${root.hash}`));
    opened.now++;
    return { store: tree.store, root: tree.content, [Symbol.dispose]: () => void opened.now-- };
  });
  const tree = (version: bigint, count = items.length): Tree => {
    const made = treeOf(items.slice(0, count), version);
    trees.set(`${version}/${made.syncRoot.hash}`, made);
    return made;
  };
  return { folder, files, tree, opened, [Symbol.asyncDispose]: () => rm(base, { recursive: true }) };
}

const listAll = { version: 1, namespace: ZERO_NAMESPACE as Namespace, rootVersion: null };

test("a checkpoint is written in the reference's layout and read back", async () => {
  await using f = await fixture();
  const tree = f.tree(7n);
  const metadata = await f.files.create(tree.syncRoot, OPTIONS);
  const expected = checkpointOf(tree, OPTIONS);
  assert.deepEqual(metadata, expected.metadata);

  const folder = join(f.folder, "7", tree.syncRoot.hash);
  assert.deepEqual((await readdir(folder)).sort(), ["chunks", "meta"]);
  assert.deepEqual(new Uint8Array(await readFile(join(folder, "meta"))), encodeCbor(Metadata, metadata));
  assert.equal((await stat(join(folder, "meta"))).mode & 0o777, 0o600);
  for (const [i, chunk] of expected.chunks.entries()) {
    assert.deepEqual(new Uint8Array(await readFile(join(folder, "chunks", String(i)))), chunk);
    const served = await f.files.chunk({ ...chunkMetadata(metadata, i), digest: must(metadata.chunks[0]) });
    assert.deepEqual(new Uint8Array(served), chunk);
  }
  assert.equal(f.opened.now, 0);
});

test("an existing checkpoint is returned, also while it is being made", async () => {
  await using f = await fixture();
  const { syncRoot } = f.tree(7n);
  const [a, b] = await Promise.all([f.files.create(syncRoot, OPTIONS), f.files.create(syncRoot, OPTIONS)]);
  assert.equal(a, b);
  // Other options do not matter any more.
  assert.deepEqual(await f.files.create(syncRoot, { chunkSize: 1, threads: 0 }), a);
});

test("checkpoints are listed in order of their paths as text", async () => {
  await using f = await fixture();
  assert.deepEqual(await f.files.list(listAll), []);
  const roots: Root[] = [];
  for (const version of [20n, 100n, 3n]) {
    for (const count of [10, 20]) {
      const { syncRoot } = f.tree(version, count);
      roots.push(syncRoot);
      await f.files.create(syncRoot, OPTIONS);
    }
  }
  const path = ({ version, hash }: Root): string => `${version}/${hash}`;
  const listed = async (rootVersion: bigint | null) =>
    (await f.files.list({ ...listAll, rootVersion })).map(({ root }) => path(root));
  assert.deepEqual(await listed(null), roots.map(path).sort());
  assert.deepEqual(
    await listed(20n),
    roots
      .map(path)
      .filter((p) => p.startsWith("20/"))
      .sort(),
  );
  assert.deepEqual(await listed(21n), []);
  assert.deepEqual(await f.files.list({ ...listAll, version: 2 }), []);
});

test("deleting removes the version's folder with its last checkpoint", async () => {
  await using f = await fixture();
  const [one, two] = [f.tree(7n, 10).syncRoot, f.tree(7n, 20).syncRoot];
  for (const root of [one, two]) await f.files.create(root, OPTIONS);
  await f.files.delete(1, one);
  assert.deepEqual(await readdir(join(f.folder, "7")), [two.hash]);
  await assert.rejects(f.files.delete(1, one), (e) => isError(e, ErrCheckpointNotFound));
  await assert.rejects(f.files.delete(2, two), (e) => isError(e, ErrCheckpointNotFound));
  await f.files.delete(1, two);
  assert.deepEqual(await readdir(f.folder), []);
});

test("what is not there", async () => {
  await using f = await fixture();
  const { syncRoot } = f.tree(7n);
  await assert.rejects(f.files.get(1, syncRoot), (e) => isError(e, ErrCheckpointNotFound));
  const metadata = await f.files.create(syncRoot, OPTIONS);
  assert.deepEqual(await f.files.get(1, syncRoot), metadata);
  await assert.rejects(f.files.get(2, syncRoot), (e) => isError(e, ErrCheckpointNotFound));
  const chunk = chunkMetadata(metadata, 0);
  await assert.rejects(f.files.chunk({ ...chunk, version: 2 }), (e) => isError(e, ErrChunkNotFound));
  await assert.rejects(f.files.chunk({ ...chunk, index: 999n }), (e) => isError(e, ErrChunkNotFound));
  const elsewhere = { ...chunk, root: { ...syncRoot, version: 8n } };
  await assert.rejects(f.files.chunk(elsewhere), (e) => isError(e, ErrChunkNotFound));
});

test("nothing remains of a checkpoint that could not be made", async () => {
  await using f = await fixture();
  const { syncRoot } = f.tree(7n);
  const hollow = new FileCheckpointStore(f.folder, (root) => ({
    store: {
      openRoot: () => null,
      load: (ref) => {
        throw new MissingNodeError(ref.hash);
      },
    },
    root: refByHash(packedHash(root)),
    [Symbol.dispose]: () => {},
  }));
  await assert.rejects(hollow.create(syncRoot, OPTIONS), MissingNodeError);
  assert.deepEqual(await readdir(f.folder), []);

  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(f.files.create(syncRoot, OPTIONS, { sliceMs: 0, signal }), { message: "stopped" });
  assert.deepEqual(await readdir(f.folder), []);
  assert.equal(f.opened.now, 0);
});

test("leftovers of a crash are replaced, corrupted metadata are reported once and removed", async () => {
  await using f = await fixture();
  const { syncRoot } = f.tree(7n);
  const folder = join(f.folder, "7", syncRoot.hash);
  await mkdir(join(folder, "chunks"), { recursive: true });
  await writeFile(join(folder, "chunks", "77"), "left behind");
  const metadata = await f.files.create(syncRoot, OPTIONS);
  assert.equal((await readdir(join(folder, "chunks"))).length, metadata.chunks.length);

  await writeFile(join(folder, "meta"), "garbage");
  await assert.rejects(f.files.list(listAll), (e) => isError(e, ErrCorruptedMetadata));
  await assert.rejects(f.files.get(1, syncRoot), (e) => isError(e, ErrCorruptedMetadata));
  await assert.rejects(f.files.create(syncRoot, OPTIONS), (e) => isError(e, ErrCorruptedMetadata));
  assert.deepEqual(await f.files.create(syncRoot, OPTIONS), metadata);
});

test("the event loop turns while a checkpoint is made", async () => {
  await using f = await fixture();
  const { syncRoot } = f.tree(7n);
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const { chunks } = await f.files.create(syncRoot, { chunkSize: 1, threads: 0 }, { sliceMs: 0 });
  running = false;
  assert.ok(turns > chunks.length, `${turns} turns for ${chunks.length} chunks`);
});

test("from one database through files into another", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wadi-checkpoints-"));
  try {
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
    const tree = new Tree(db, emptyRoot(ZERO_NAMESPACE, 3n, RootType.state));
    for (const [key, value] of items) tree.insert(key, value);
    tree.commit(ZERO_NAMESPACE, 3n);
    const root = tree.syncRoot;
    db.finalize([root]);
    const files = new FileCheckpointStore(folder, treesOf(db));
    const metadata = await files.create(root, OPTIONS);
    assert.deepEqual(metadata, checkpointOf(treeOf(items, 3n), OPTIONS).metadata);

    await using other = openNodeDb({ namespace: ZERO_NAMESPACE });
    other.startMultipart(root.version);
    const restorer = new Restorer(other);
    restorer.startRestore(metadata);
    for (const index of metadata.chunks.keys()) {
      await restorer.restoreChunkInSlices(index, await files.chunk(chunkMetadata(metadata, index)));
    }
    other.finalize([root]);
    assert.deepEqual(entriesOf(new Tree(other, root)), entriesOf(tree));
    const unknown = { ...root, version: 4n };
    await assert.rejects(files.create(unknown, OPTIONS), (e) => isError(e, ErrRootNotFound));
  } finally {
    await rm(folder, { recursive: true });
  }
});
