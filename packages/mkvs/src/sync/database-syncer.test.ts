import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Hash } from "@wadi/types";
import { utf8 } from "@wadi/util";

import { openNodeDb } from "../db/node-db.ts";
import { applyWriteLog } from "../local-backend.ts";
import { pack, packedFromHex } from "../packed.ts";
import { RootType, emptyRoot } from "../root.ts";
import { Tree } from "../tree.ts";
import { DatabaseSyncer } from "./database-syncer.ts";
import { verifyProofItems } from "./proof.ts";

const namespace = "80".padEnd(64, "0");

test("keys that begin with another key are proved from a database that was opened again", async (t) => {
  const path = mkdtempSync(join(tmpdir(), "wadi-syncer-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const keys = ["k1", "k10", "k11", "k100", "l"];
  const tree = Tree.empty(RootType.state);
  for (const key of keys) tree.insert(utf8(key), utf8(`value of ${key}`));
  const { hash, writeLog } = tree.commit(namespace, 1n);
  const root = { namespace, version: 1n, type: RootType.state, hash: hash as Hash };
  {
    await using database = openNodeDb({ path, namespace });
    applyWriteLog(database, { source: emptyRoot(namespace, 0n, RootType.state), destination: root, writeLog });
    database.finalize([root]);
  }
  for (const key of keys) {
    for (const [proofVersion, includeSiblings] of [
      [0, false],
      [1, false],
      [1, true],
    ] as const) {
      // A fresh handle each time: nothing is in its cache.
      await using database = openNodeDb({ path, namespace });
      const syncer = new DatabaseSyncer(database);
      const at = { root, position: root.hash };
      const { proof } = await syncer.syncGet({ tree: at, key: utf8(key), proofVersion, includeSiblings });
      const shown = verifyProofItems(packedFromHex(root.hash), proof).map((item) => item.key);
      assert.ok(shown.includes(pack(utf8(key))), `${key}, version ${proofVersion}`);
    }
  }
  await using database = openNodeDb({ path, namespace });
  const request = { tree: { root, position: root.hash }, key: utf8("k"), prefetch: 10, proofVersion: 1 };
  const { proof } = await new DatabaseSyncer(database).syncIterate(request);
  assert.equal(verifyProofItems(packedFromHex(root.hash), proof).length, keys.length);
});
