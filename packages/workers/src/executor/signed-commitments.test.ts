import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { roothash, type Hash } from "@wadi/types";
import { utf8 } from "@wadi/util";

import { own, peer } from "../testing/executor-setup.ts";
import { CommitmentFile, type KeptCommitment } from "./signed-commitments.ts";

test("commitments are found in their file, those of the last round", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-commitments-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "commitments.cbor");
  const kept = (round: bigint, schedulerId = own.publicKey): KeptCommitment => {
    const zero = roothash.ExecutorCommitment.zero();
    const header = { ...zero.header, schedulerId, header: { ...zero.header.header, round } };
    const proposal = schedulerId === own.publicKey ? roothash.Proposal.zero() : null;
    return { commitment: { ...zero, header }, hashes: [hashOf(utf8(`${round}`)) as Hash], proposal };
  };
  const file = new CommitmentFile(path);
  assert.equal(file.find(0n, own.publicKey), undefined);
  for (const one of [kept(4n), kept(5n), kept(5n, peer.publicKey)]) file.keep(one);
  const again = new CommitmentFile(path);
  assert.deepEqual(again.find(5n, own.publicKey), kept(5n));
  assert.deepEqual(again.find(5n, peer.publicKey), kept(5n, peer.publicKey));
  assert.equal(again.find(4n, own.publicKey), undefined);
  writeFileSync(path, "damaged");
  assert.equal(new CommitmentFile(path).find(5n, own.publicKey), undefined);
});
