import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { LmdbStore, MemoryStore } from "@wadi/kv";
import type { KvBatch, KvStore } from "@wadi/kv";
import { isError } from "@wadi/util";
import type { ErrorKind } from "@wadi/util";
import * as errors from "../errors.ts";
import { packedEntries } from "../key-value-tree.ts";
import { applyWriteLog } from "../local-backend.ts";
import { NodeKind } from "../node.ts";
import type { Child, Node } from "../node.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "../root.ts";
import type { Root } from "../root.ts";
import { allRoots, assertContent, checkNodesOf, walkTree } from "../testing/check-database.ts";
import { Random } from "../testing/random.ts";
import { Tree } from "../tree.ts";
import { WriteLog } from "../write-log.ts";
import { METADATA_KEY } from "./keys.ts";
import { DATA_FILE, NodeDb, openNodeDb } from "./node-db.ts";
import type { NodeDbOptions } from "./node-db.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-nodedb-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, String(count++));

const OPTIONS: NodeDbOptions = { namespace: ZERO_NAMESPACE };
type Content = Map<string, string>;
type Changes = Iterable<readonly [string, string | null]>;

function throwsKind(kind: ErrorKind, body: () => unknown): void {
  assert.throws(body, (e) => isError(e, kind) || assert.fail(`expected ${kind.text}, got ${String(e)}`));
}

function commit(
  db: NodeDb,
  base: Root | undefined,
  version: bigint,
  changes: Changes,
  type: RootType = RootType.state,
): Root {
  const tree = base === undefined ? Tree.empty(type, db) : new Tree(db, base);
  for (const [key, value] of changes) {
    if (value === null) tree.removePacked(key);
    else tree.insertPacked(key, value);
  }
  tree.commit(db.namespace, version);
  return tree.syncRoot;
}

const contentOf = (db: NodeDb, root: Root): Content => new Map(packedEntries(new Tree(db, root)));

/** All nodes under a root, as a restore brings them. */
function nodesOf(db: NodeDb, root: Root): Node[] {
  const nodes: Node[] = [];
  const open: Child[] = [db.openRoot(root)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child === null || child.kind !== NodeKind.ref) continue;
    const node = db.load(child);
    nodes.push(node);
    if (node.kind === NodeKind.internal) open.push(node.left, node.right);
  }
  return nodes;
}

function putChunk(db: NodeDb, root: Root, nodes: readonly Node[]): void {
  const batch = db.newChunkBatch(root);
  for (const node of nodes) batch.putNode(node);
  batch.commit();
}

const numbered = (from: number, to: number): [string, string][] =>
  Array.from({ length: to - from }, (_, i) => [`key ${from + i}`, `value ${from + i}`]);

const sameContent = (a: Content, b: Content): boolean =>
  a.size === b.size && Array.from(a).every(([key, value]) => b.get(key) === value);

interface KnownRoot {
  readonly root: Root;
  readonly content: Content;
  readonly base: Root | undefined;
}

/** Does random things to a database and to maps, and compares. */
class Schedule {
  readonly random: Random;
  readonly known: KnownRoot[] = [];
  last: bigint | undefined;
  earliest = 0n;
  readonly reopen: () => Promise<void>;
  readonly database: () => { db: NodeDb; kv: KvStore };

  constructor(seed: number, database: () => { db: NodeDb; kv: KvStore }, reopen: () => Promise<void>) {
    this.random = new Random(seed);
    this.database = database;
    this.reopen = reopen;
  }

  async step(): Promise<void> {
    const dice = this.random.below(20);
    if (dice < 9) this.commit();
    else if (dice < 10) this.commitIo();
    else if (dice < 14) this.finalize();
    else if (dice < 16) this.prune();
    else if (dice < 17) this.restore();
    else if (dice < 18) this.readPast();
    else if (dice < 19) this.check();
    else await this.reopen();
  }

  #inVersion(version: bigint, type: RootType): KnownRoot[] {
    return this.known.filter(({ root }) => root.version === version && root.type === type);
  }

  #add(entry: KnownRoot): void {
    if (
      !this.known.some(
        ({ root }) =>
          root.version === entry.root.version && root.type === entry.root.type && root.hash === entry.root.hash,
      )
    ) {
      this.known.push(entry);
    }
  }

  #changes(content: Content): { changes: [string, string | null][]; result: Content } {
    const result = new Map(content);
    const changes: [string, string | null][] = [];
    for (let i = this.random.below(12); i > 0; i--) {
      const key = this.random.bytes(this.random.below(3));
      const value = this.random.chance(0.4) ? null : this.random.bytes(this.random.below(10));
      changes.push([key, value]);
      if (value === null) result.delete(key);
      else result.set(key, value);
    }
    return { changes, result };
  }

  /** A root over one of the last final version or of a pending one. */
  commit(): void {
    const { db } = this.database();
    const bases = this.known.filter(({ root }) => root.type === RootType.state && root.version >= (this.last ?? 0n));
    const base = bases.length === 0 ? undefined : this.random.pick(bases);
    const version = (base?.root.version ?? 0n) + 1n;
    const { changes, result } = this.#changes(base?.content ?? new Map());
    // One root over two bases has its own test; here every root is committed once.
    if (this.#inVersion(version, RootType.state).some((k) => sameContent(k.content, result))) return;
    const root = commit(db, base?.root, version, changes);
    // An empty root is in every version, so what was derived from one hangs on nothing.
    this.#add({ root, content: result, base: base === undefined || base.content.size === 0 ? undefined : base.root });
  }

  commitIo(): void {
    const { db } = this.database();
    const version = (this.last ?? 0n) + 1n + BigInt(this.random.below(2));
    const { changes, result } = this.#changes(new Map());
    const root = commit(db, emptyRoot(ZERO_NAMESPACE, version, RootType.io), version, changes, RootType.io);
    this.#add({ root, content: result, base: undefined });
  }

  finalize(): void {
    const { db } = this.database();
    const version = (this.last ?? 0n) + 1n;
    const states = this.#inVersion(version, RootType.state);
    if (states.length === 0) return;
    const chosen = [this.random.pick(states)];
    const ios = this.#inVersion(version, RootType.io);
    if (ios.length > 0 && this.random.chance(0.8)) chosen.push(this.random.pick(ios));
    db.finalize(chosen.map(({ root }) => root));
    this.#settle(version, chosen);
  }

  /** Forgets what lost and what hung on it. */
  #settle(version: bigint, chosen: readonly KnownRoot[]): void {
    if (this.last === undefined) this.earliest = version;
    this.last = version;
    const drop = (condition: (entry: KnownRoot) => boolean): void => {
      for (let i = this.known.length - 1; i >= 0; i--)
        if (condition(this.known[i] as KnownRoot)) this.known.splice(i, 1);
    };
    drop((entry) => entry.root.version === version && !chosen.includes(entry));
    for (let before = -1; before !== this.known.length;) {
      before = this.known.length;
      drop(
        ({ root, base }) =>
          root.version > version &&
          base !== undefined &&
          !this.known.some(
            (k) => k.root.version === base.version && k.root.hash === base.hash && k.root.type === base.type,
          ),
      );
    }
    drop(({ root }) => root.version < this.earliest);
  }

  prune(): void {
    const { db } = this.database();
    if (this.last === undefined || this.earliest >= this.last) return;
    db.prune(this.earliest);
    this.earliest++;
    for (let i = this.known.length - 1; i >= 0; i--) {
      if ((this.known[i] as KnownRoot).root.version < this.earliest) this.known.splice(i, 1);
    }
  }

  /** Brings the last final state in again at a later version, or breaks off. */
  restore(): void {
    const { db } = this.database();
    const source = this.known.find(({ root }) => root.version === this.last && root.type === RootType.state);
    if (source === undefined || this.last === undefined || source.content.size === 0) return;
    const version = this.last + 1n + BigInt(this.random.below(3));
    const root = { ...source.root, version };
    if (this.known.some((k) => k.root.version === version && k.root.hash === root.hash)) return;
    const nodes = nodesOf(db, source.root);
    db.startMultipart(version);
    const cut = this.random.below(nodes.length);
    putChunk(db, root, nodes.slice(0, cut + 1));
    if (this.random.chance(0.4)) {
      if (this.random.chance(0.5) && cut + 1 < nodes.length) {
        throwsKind(errors.ErrIncompleteRestore, () => db.finalize([root]));
      }
      db.abortMultipart();
      return;
    }
    putChunk(db, root, nodes.slice(cut));
    db.finalize([root]);
    // Whatever was pending up to the restored version is gone.
    for (let i = this.known.length - 1; i >= 0; i--) {
      const { root: other } = this.known[i] as KnownRoot;
      if (other.version > (this.last as bigint) && other.version <= version) this.known.splice(i, 1);
    }
    const restored = { root, content: source.content, base: undefined };
    this.known.push(restored);
    this.#settle(version, [restored]);
  }

  /** Trees opened at any root read what was there. */
  readPast(): void {
    if (this.known.length === 0) return;
    const { root, content } = this.random.pick(this.known);
    assertContent(contentOf(this.database().db, root), content);
  }

  check(): void {
    const { db, kv } = this.database();
    assert.equal(db.latestVersion(), this.last);
    assert.equal(db.earliestVersion(), this.earliest);
    for (const { root, content, base } of this.known) {
      assert.ok(db.hasRoot(root), `root of version ${root.version} is missing`);
      assertContent(walkTree(db, root).content, content);
      if (base !== undefined && base.hash !== root.hash && this.known.some((k) => k.root === base)) {
        const tree = new Tree(db, base);
        tree.applyWriteLog(db.getWriteLog(base, root));
        assert.equal(tree.hash(), root.hash, "the write log does not lead to the root");
      }
    }
    const top = this.known.reduce((max, { root }) => (root.version > max ? root.version : max), 0n);
    const roots = allRoots(db, top + 1n);
    assert.equal(roots.length, this.known.length, "number of roots");
    checkNodesOf(kv, db, roots);
  }
}

for (const [name, make] of [
  ["in memory", () => new MemoryStore()],
  ["on disk", (path: string) => new LmdbStore({ path: join(path, DATA_FILE), noSync: true })],
] as const) {
  test(`agrees with whole maps under random schedules, ${name}`, async () => {
    for (let seed = 1; seed <= 14; seed++) {
      const path = freshPath();
      const options = { ...OPTIONS, cacheBytes: seed % 2 === 0 ? 3000 : 100_000, transactionBytes: 500 };
      let kv: KvStore = make(path);
      let db = new NodeDb(kv, options);
      const schedule = new Schedule(
        seed,
        () => ({ db, kv }),
        async () => {
          if (!(kv instanceof MemoryStore)) {
            await db.close();
            kv = make(path);
          }
          db = new NodeDb(kv, options);
        },
      );
      try {
        for (let i = 0; i < 120; i++) await schedule.step();
        schedule.check();
      } catch (e) {
        throw new Error(`seed ${seed}`, { cause: e });
      } finally {
        await db.close();
      }
    }
  });
}

describe("NodeDb", () => {
  test("gives space back: under steady pruning the file stops growing", async () => {
    const path = freshPath();
    await using db = openNodeDb({ ...OPTIONS, path, noFsync: true });
    const random = new Random(1);
    let root: Root | undefined;
    const sizes: number[] = [];
    for (let version = 1n; version <= 120n; version++) {
      const changes = Array.from({ length: 100 }, () => [`key ${random.below(1500)}`, random.bytes(100)] as const);
      root = commit(db, root, version, changes);
      const io = commit(
        db,
        emptyRoot(ZERO_NAMESPACE, version, RootType.io),
        version,
        changes.slice(0, 20),
        RootType.io,
      );
      db.finalize([root, io]);
      if (version > 5n) db.prune(version - 5n);
      sizes.push(db.sizeBytes());
    }
    assert.ok((sizes.at(-1) as number) <= 1.25 * (sizes[70] as number), `still growing: ${sizes.join(" ")}`);
    assert.equal(db.earliestVersion(), 116n);
  });

  test("a new tree in the place of the old one frees the old one's nodes", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    const first = commit(db, undefined, 1n, numbered(0, 50));
    db.finalize([first]);
    const second = commit(db, first, 2n, numbered(10, 30));
    db.finalize([second]);
    const fresh = commit(db, undefined, 3n, numbered(0, 5));
    db.finalize([fresh]);
    db.finalize([emptyRoot(ZERO_NAMESPACE, 4n, RootType.state)]);
    db.prune(1n);
    db.prune(2n);
    checkNodesOf(kv, db, [fresh]);
    db.prune(3n);
    checkNodesOf(kv, db, []);
  });

  test("the first finalization may skip versions, whose own nodes go", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    const one = commit(db, undefined, 1n, numbered(0, 20));
    const other = commit(db, undefined, 1n, numbered(0, 19));
    const two = commit(db, one, 2n, [
      ["key 3", "changed"],
      ["key 4", null],
    ]);
    db.finalize([two]);
    assert.equal(db.earliestVersion(), 2n);
    assert.equal(db.hasRoot(one) || db.hasRoot(other), false);
    checkNodesOf(kv, db, [two]);
    assert.equal(contentOf(db, two).size, 19);
  });

  test("a root reached from two competing bases outlives the loser", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    const left = commit(db, undefined, 1n, [
      ["a", "1"],
      ["b", "2"],
    ]);
    const right = commit(db, undefined, 1n, [
      ["a", "1"],
      ["c", "3"],
    ]);
    const meet = commit(db, left, 2n, [["c", "3"]]);
    assert.deepEqual(commit(db, right, 2n, [["b", "2"]]), meet);
    assert.equal(db.rootsForVersion(2n).length, 1);
    db.finalize([right]);
    db.finalize([meet]);
    assert.deepEqual(
      contentOf(db, meet),
      new Map([
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ]),
    );
    checkNodesOf(kv, db, [right, meet]);
    assert.deepEqual([...db.getWriteLog(right, meet).changes], [["b", "2"]]);
  });

  test("what hangs on a losing root goes with it", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    const winner = commit(db, undefined, 1n, [["a", "1"]]);
    const loser = commit(db, undefined, 1n, [["a", "2"]]);
    const child = commit(db, loser, 2n, [["b", "1"]]);
    commit(db, child, 3n, [["c", "1"]]);
    const kept = commit(db, winner, 2n, [["b", "2"]]);
    db.finalize([winner]);
    assert.deepEqual(db.rootsForVersion(2n), [kept]);
    assert.deepEqual(db.rootsForVersion(3n), []);
    throwsKind(errors.ErrRootNotFound, () => db.finalize([child]));
    checkNodesOf(kv, db, [winner, kept]);
  });

  test("badger's rules: roots over roots of the same version, and over I/O roots", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, { ...OPTIONS, rules: "badger" });
    const one = commit(db, undefined, 1n, numbered(0, 20));
    const two = commit(db, one, 1n, [
      ["key 3", null],
      ["x", "y"],
    ]);
    const lost = commit(db, one, 1n, [["z", "z"]]);
    const io = commit(db, undefined, 1n, numbered(0, 3), RootType.io);
    db.finalize([two, io]);
    assert.equal(db.hasRoot(one), true);
    assert.equal(db.hasRoot(lost), false);
    assert.equal(contentOf(db, one).size, 20);
    const three = commit(db, two, 2n, [["key 5", "changed"]]);
    const ioChild = commit(db, io, 2n, [["more", "x"]], RootType.io);
    db.finalize([three, ioChild]);
    db.prune(1n);
    checkNodesOf(kv, db, [three, ioChild]);
    assert.equal(contentOf(db, ioChild).size, 4);
  });

  test("a restore needs every node, takes chunks twice and in any order, and can be broken off", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 300));
    const nodes = nodesOf(source, root);
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, { ...OPTIONS, transactionBytes: 2000 });
    db.startMultipart(7n);
    const batch = db.newChunkBatch(root);
    for (const node of nodes.slice(100)) batch.putNode(node);
    assert.throws(
      () => db.newChunkBatch({ ...root, version: 8n }),
      (e) => isError(e, errors.ErrInvalidMultipartVersion),
    );
    batch.commit();
    throwsKind(errors.ErrRefused, () => putChunk(db, { ...root, hash: "11".repeat(32) }, []));
    throwsKind(errors.ErrIncompleteRestore, () => db.finalize([root]));
    throwsKind(errors.ErrRootNotFound, () => db.finalize([{ ...root, hash: "11".repeat(32) }]));
    throwsKind(errors.ErrMultipartInProgress, () => commit(db, undefined, 7n, [["a", "b"]]));
    throwsKind(errors.ErrMultipartInProgress, () => db.prune(7n));
    assert.equal(db.latestVersion(), undefined);
    putChunk(db, root, nodes.slice(0, 150).reverse());
    putChunk(db, root, nodes);
    db.finalize([root]);
    checkNodesOf(kv, db, [root]);
    assert.deepEqual(contentOf(db, root), new Map(numbered(0, 300)));
    assert.equal(db.multipartVersion(), undefined);
    throwsKind(errors.ErrMultipartInProgress, () => db.newChunkBatch(root));
    db.startMultipart(9n);
    putChunk(db, { ...root, version: 9n }, nodes);
    db.abortMultipart();
    checkNodesOf(kv, db, [root]);
  });

  test("an interrupted restore is cleaned when the database is opened again", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 50));
    const path = freshPath();
    const files = (): string[] => readdirSync(path).sort();
    {
      await using db = openNodeDb({ ...OPTIONS, path });
      db.startMultipart(7n);
      putChunk(db, root, nodesOf(source, root));
      assert.ok(files().includes("restore.mdb"));
      // What a killed process would leave.
      copyFileSync(join(path, "restore.mdb"), join(path, "left.mdb"));
    }
    renameSync(join(path, "left.mdb"), join(path, "restore.mdb"));
    await using again = openNodeDb({ ...OPTIONS, path });
    assert.equal(again.multipartVersion(), undefined);
    assert.equal(files().includes("restore.mdb"), false);
    again.startMultipart(7n);
    putChunk(again, root, nodesOf(source, root));
    again.finalize([root]);
    assert.equal(files().includes("restore.mdb"), false);
    assert.deepEqual(contentOf(again, root), new Map(numbered(0, 50)));
  });

  test("memory keeps no more than the bound of the cache for trees that were read", async () => {
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, { ...OPTIONS, cacheBytes: 0 });
    const root = commit(db, undefined, 1n, numbered(0, 100));
    assert.equal(contentOf(db, root).size, 100);
    const ref = db.openRoot(root);
    assert.ok(ref !== null && db.load(ref) !== db.load(ref), "nothing is cached");
  });

  test("refuses other namespaces, layouts and damaged nodes", async () => {
    const kv = new MemoryStore();
    const db = new NodeDb(kv, { ...OPTIONS, verifyHashes: true, cacheBytes: 0 });
    const root = commit(db, undefined, 1n, numbered(0, 3));
    throwsKind(errors.ErrIncompatibleDatabase, () => new NodeDb(kv, { namespace: "11".repeat(32) }));
    throwsKind(errors.ErrBadNamespace, () => db.openRoot({ ...root, namespace: "11".repeat(32) }));
    throwsKind(errors.ErrBadNamespace, () => db.finalize([{ ...root, namespace: "11".repeat(32) }]));
    const stored = Buffer.from(kv.get(METADATA_KEY) as Uint8Array).toString();
    kv.write((batch) => batch.put(METADATA_KEY, Buffer.from(stored.replace('"schema":1', '"schema":2'))));
    throwsKind(errors.ErrIncompatibleDatabase, () => new NodeDb(kv, OPTIONS));
    for (const damaged of ["{", "null", '"', "[]", stored.replace('"nextId":', '"x":'), stored.replace('"0"', '"?"')]) {
      kv.write((batch) => batch.put(METADATA_KEY, Buffer.from(damaged)));
      throwsKind(errors.ErrIncompatibleDatabase, () => new NodeDb(kv, OPTIONS));
    }
    for (const { key, value } of Array.from(kv.entries({ start: Uint8Array.of(0xf0) }))) {
      kv.write((batch) =>
        batch.put(
          key,
          value.map((b, i) => (i === value.length - 1 ? b ^ 1 : b)),
        ),
      );
    }
    throwsKind(errors.ErrIncompatibleDatabase, () => contentOf(db, root));
    await db.close();
  });

  test("a commit that fails half-way leaves nothing and can be repeated", async () => {
    const kv = new FailingStore();
    await using db = new NodeDb(kv, { ...OPTIONS, transactionBytes: 300 });
    const tree = Tree.empty(RootType.state, db);
    for (const [key, value] of numbered(0, 100)) tree.insertPacked(key, value);
    kv.writesLeft = 3;
    assert.throws(() => tree.commit(ZERO_NAMESPACE, 1n), /no space left/);
    checkNodesOf(kv, db, []);
    // Its nodes refer to places that were never filled.
    throwsKind(errors.ErrTreeClosed, () => tree.commit(ZERO_NAMESPACE, 1n));
    const root = commit(db, undefined, 1n, numbered(0, 100));
    checkNodesOf(kv, db, [root]);
    assert.equal(contentOf(db, root).size, 100);
  });

  test("a commit that is refused before it writes leaves its tree as it was", async () => {
    await using db = openNodeDb(OPTIONS);
    const one = commit(db, undefined, 1n, numbered(0, 5));
    db.finalize([one]);
    const tree = new Tree(db, emptyRoot(ZERO_NAMESPACE, 1n, RootType.state));
    tree.insertPacked("a", "1");
    throwsKind(errors.ErrAlreadyFinalized, () => tree.commit(ZERO_NAMESPACE, 1n));
    tree.commit(ZERO_NAMESPACE, 2n);
    assert.deepEqual(contentOf(db, tree.syncRoot), new Map([["a", "1"]]));
  });

  test("places of a commit that failed are not used again while their nodes are cached", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 1n, numbered(0, 20));
    const kv = new FailingStore();
    await using db = new NodeDb(kv, OPTIONS);
    kv.appendsLeft = 10;
    assert.throws(() => commit(db, undefined, 1n, numbered(50, 90)), /no space left/);
    kv.appendsLeft = Infinity;
    db.startMultipart(1n);
    putChunk(db, root, nodesOf(source, root));
    db.finalize([root]);
    assert.deepEqual(contentOf(db, root), new Map(numbered(0, 20)));
  });

  test("a read-only database follows its writer and refuses every change", async () => {
    const path = freshPath();
    await using db = openNodeDb({ ...OPTIONS, path, noFsync: true });
    const one = commit(db, undefined, 1n, numbered(0, 10));
    db.finalize([one]);
    await using reader = openNodeDb({ ...OPTIONS, path, readOnly: true });
    assert.equal(reader.latestVersion(), 1n);
    const two = commit(db, one, 2n, [["new", "x"]]);
    db.finalize([two]);
    await new Promise(setImmediate);
    assert.equal(reader.latestVersion(), 2n);
    assert.equal(contentOf(reader, two).get("new"), "x");
    for (const change of [
      () => commit(reader, two, 3n, [["a", "b"]]),
      () => reader.finalize([two]),
      () => reader.prune(1n),
      () => reader.startMultipart(9n),
      () => reader.abortMultipart(),
      () => applyWriteLog(reader, { source: two, destination: { ...two, version: 3n }, writeLog: WriteLog.from([]) }),
    ]) {
      throwsKind(errors.ErrReadOnly, change);
    }
  });

  test("keeps no write logs where it was told so", async () => {
    await using db = openNodeDb({ ...OPTIONS, discardWriteLogs: true });
    const root = commit(db, undefined, 1n, numbered(0, 3));
    throwsKind(errors.ErrWriteLogNotFound, () => db.getWriteLog(emptyRoot(ZERO_NAMESPACE, 1n, RootType.state), root));
  });

  test("refuses to finalize mixed versions, two roots of a type, none", async () => {
    await using db = openNodeDb(OPTIONS);
    const a = commit(db, undefined, 1n, [["a", "1"]]);
    const b = commit(db, undefined, 1n, [["b", "1"]]);
    throwsKind(errors.ErrRefused, () => db.finalize([]));
    throwsKind(errors.ErrRefused, () => db.finalize([a, b]));
    throwsKind(errors.ErrRefused, () => db.finalize([a, { ...b, type: RootType.io, version: 2n }]));
    assert.equal(db.latestVersion(), undefined);
  });
});

/** A store whose disk fills up. */
class FailingStore extends MemoryStore {
  writesLeft = Infinity;
  appendsLeft = Infinity;

  override write<T>(body: (batch: KvBatch) => T): T {
    if (this.writesLeft-- === 0) throw new Error("no space left");
    return super.write((batch) => {
      const append = batch.append.bind(batch);
      batch.append = (key, value) => {
        if (this.appendsLeft-- === 0) throw new Error("no space left");
        append(key, value);
      };
      return body(batch);
    });
  }
}

describe("applyWriteLog", () => {
  test("commits what leads to the expected root and nothing else", async () => {
    await using db = openNodeDb(OPTIONS);
    const one = commit(db, undefined, 1n, numbered(0, 5));
    db.finalize([one]);
    const log = WriteLog.from([
      ["key 1", null],
      ["key 9", "v"],
      ["missing", null],
    ]);
    const tree = new Tree(db, one);
    tree.applyWriteLog(log);
    const destination: Root = { ...one, version: 2n, hash: tree.hash() };
    const wrong = { ...destination, hash: "11".repeat(32) };
    throwsKind(errors.ErrExpectedRootMismatch, () =>
      applyWriteLog(db, { source: one, destination: wrong, writeLog: log }),
    );
    assert.deepEqual(db.rootsForVersion(2n), []);
    throwsKind(errors.ErrRootMustFollowOld, () =>
      applyWriteLog(db, { source: one, destination: { ...destination, version: 3n }, writeLog: log }),
    );
    applyWriteLog(db, { source: one, destination, writeLog: log });
    assert.deepEqual(db.rootsForVersion(2n), [destination]);
    // A known destination needs no log.
    applyWriteLog(db, { source: one, destination, writeLog: WriteLog.from([]) });
    assert.equal(db.latestVersion(), 1n);
    const empty = emptyRoot(ZERO_NAMESPACE, 2n, RootType.state);
    applyWriteLog(db, { source: one, destination: empty, writeLog: WriteLog.from([]) });
  });
});
