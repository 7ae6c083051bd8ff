import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import { isError } from "@wadi/util";
import * as errors from "../errors.ts";
import { runInSlices } from "../pace.ts";
import { checkNodesOf } from "../testing/check-database.ts";
import { OPTIONS, commit, contentOf, nodesOf, numbered, putChunk, throwsKind } from "../testing/database.ts";
import { NodeDb, openNodeDb } from "./node-db.ts";
import { memoryScratch } from "./scratch-store.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-restore-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("restoring", () => {
  test("a restore needs every node, takes chunks twice and in any order, and can be broken off", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 300));
    const nodes = nodesOf(source, root);
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, { ...OPTIONS, transactionBytes: 2000 });
    db.startMultipart(7n);
    const batch = db.newChunkBatch(root);
    for (const node of nodes.slice(100)) batch.putNode(node);
    throwsKind(errors.ErrInvalidMultipartVersion, () => db.newChunkBatch({ ...root, version: 8n }));
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

  test("a restore in slices ends as one in one go, and can be broken off anywhere", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 2000));
    const nodes = nodesOf(source, root);
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    const inSlices = async (turns: number): Promise<void> => {
      const stop = new AbortController();
      const pace = { sliceMs: 0, signal: stop.signal };
      const batch = db.newChunkBatch(root);
      for (const node of nodes) batch.putNode(node);
      let left = turns;
      let turn: NodeJS.Immediate;
      const count = (): void => {
        if (--left <= 0) stop.abort(new Error("enough"));
        else turn = setImmediate(count);
      };
      turn = setImmediate(count);
      try {
        await runInSlices(batch.commitSteps(), pace);
        const finalizing = db.finalizeInSlices([root], pace);
        throwsKind(errors.ErrMultipartInProgress, () => commit(db, undefined, 7n, [["a", "b"]]));
        await finalizing;
      } finally {
        clearImmediate(turn);
      }
    };
    for (const turns of [1, 2, 5, 10, 18, 20]) {
      db.startMultipart(7n);
      await assert.rejects(inSlices(turns), { message: "enough" });
      assert.equal(db.latestVersion(), undefined);
      if (turns % 2 === 0) db.abortMultipart();
    }
    db.startMultipart(7n);
    await inSlices(Infinity);
    checkNodesOf(kv, db, [root]);
    assert.deepEqual(contentOf(db, root), new Map(numbered(0, 2000)));
  });

  test("a restore that ends while it is written is not gone on with", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 2000));
    const kv = new MemoryStore();
    await using db = new NodeDb(kv, OPTIONS);
    db.startMultipart(7n);
    const batch = db.newChunkBatch(root);
    for (const node of nodesOf(source, root)) batch.putNode(node);
    const storing = runInSlices(batch.commitSteps(), { sliceMs: 0 });
    db.abortMultipart();
    await assert.rejects(storing, (e) => isError(e, errors.ErrMultipartInProgress));
    db.startMultipart(7n);
    putChunk(db, root, nodesOf(source, root));
    const finalizing = db.finalizeInSlices([root], { sliceMs: 0 });
    db.abortMultipart();
    await assert.rejects(finalizing, (e) => isError(e, errors.ErrMultipartInProgress));
    assert.equal(commit(db, undefined, 0n, numbered(0, 10)).version, 0n);
    db.finalize(db.rootsForVersion(0n));
    checkNodesOf(kv, db, db.rootsForVersion(0n));
  });

  test("a restore that cannot begin leaves none under way", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 10));
    let isFull = true;
    await using db = new NodeDb(new MemoryStore(), OPTIONS, () => {
      if (isFull) throw new Error("no space left");
      return memoryScratch();
    });
    assert.throws(() => db.startMultipart(7n), /no space left/);
    assert.equal(db.multipartVersion(), undefined);
    isFull = false;
    db.startMultipart(7n);
    putChunk(db, root, nodesOf(source, root));
    db.finalize([root]);
    assert.equal(contentOf(db, root).size, 10);
  });

  test("an interrupted restore is cleaned when the database is opened again", async () => {
    await using source = openNodeDb(OPTIONS);
    const root = commit(source, undefined, 7n, numbered(0, 50));
    const path = join(folder, "database");
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
});
