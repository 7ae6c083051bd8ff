import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { LmdbStore, MemoryStore } from "@wadi/kv";
import type { KvStore } from "@wadi/kv";
import * as errors from "../errors.ts";
import { applyWriteLog } from "../local-backend.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "../root.ts";
import type { Root } from "../root.ts";
import { checkNodesOf } from "../testing/check-database.ts";
import { DatabaseSchedule } from "../testing/database-schedule.ts";
import { OPTIONS, commit, contentOf, numbered, throwsKind } from "../testing/database.ts";
import { Random } from "../testing/random.ts";
import { WriteLog } from "../write-log.ts";
import { METADATA_KEY } from "./keys.ts";
import { DATA_FILE, NodeDb, openNodeDb } from "./node-db.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-nodedb-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, String(count++));

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
      const schedule = new DatabaseSchedule(
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

  test("holds values of all sizes, in leaves and in leaf slots", async () => {
    await using db = new NodeDb(new MemoryStore(), { ...OPTIONS, cacheBytes: 0, verifyHashes: true });
    const items = [0, 1000, 1024, 4096, 16_384, 100_000].flatMap((size): [string, string][] => [
      [`key ${size}`, "x".repeat(size)],
      [`key ${size} and more`, "y".repeat(size)],
    ]);
    const root = commit(db, undefined, 1n, items);
    assert.deepEqual(contentOf(db, root), new Map(items));
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

  test("a read-only database follows its writer and refuses every change", async () => {
    const path = freshPath();
    await using db = openNodeDb({ ...OPTIONS, path, noFsync: true });
    const one = commit(db, undefined, 1n, numbered(0, 10));
    db.finalize([one]);
    await using reader = openNodeDb({ ...OPTIONS, path, readOnly: true });
    assert.equal(reader.latestVersion(), 1n);
    const two = commit(db, one, 2n, [["new", "x"]]);
    db.finalize([two]);
    // What another database has written is seen some turns later.
    const limit = performance.now() + 30_000;
    while (reader.latestVersion() !== 2n && performance.now() < limit) await new Promise(setImmediate);
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
});
