import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import * as errors from "../errors.ts";
import { RootType } from "../root.ts";
import { checkNodesOf } from "../testing/check-database.ts";
import { OPTIONS, commit, contentOf, numbered, throwsKind } from "../testing/database.ts";
import { NodeDb, openNodeDb } from "./node-db.ts";

describe("finalizing", () => {
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
    throwsKind(errors.ErrWriteLogNotFound, () => db.getWriteLog(left, meet));
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
