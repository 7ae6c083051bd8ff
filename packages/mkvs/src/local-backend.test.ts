import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openNodeDb } from "./db/node-db.ts";
import * as errors from "./errors.ts";
import { applyWriteLog } from "./local-backend.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "./root.ts";
import type { Root } from "./root.ts";
import { OPTIONS, commit, numbered, throwsKind } from "./testing/database.ts";
import { Tree } from "./tree.ts";
import { WriteLog } from "./write-log.ts";

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
