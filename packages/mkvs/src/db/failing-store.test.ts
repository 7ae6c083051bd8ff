import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import type { KvBatch } from "@wadi/kv";
import * as errors from "../errors.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "../root.ts";
import { checkNodesOf } from "../testing/check-database.ts";
import { OPTIONS, commit, contentOf, nodesOf, numbered, putChunk, throwsKind } from "../testing/database.ts";
import { Tree } from "../tree.ts";
import { NodeDb, openNodeDb } from "./node-db.ts";

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

describe("NodeDb over a store that fails", () => {
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
});
