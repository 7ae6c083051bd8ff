import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError, must, type ErrorKind } from "@wadi/util";
import { verifyCommit, verifyCommitLight, verifyCommitTrusting } from "./commit-verification.ts";
import {
  ErrCommitMismatch,
  ErrDoubleVote,
  ErrInvalidTrustLevel,
  ErrNotEnoughPower,
  ErrWrongSignature,
} from "./errors.ts";
import { CHAIN_ID, HASH_A, HASH_B, blockIdWith, commitBy, nativeVerifier, signersWith } from "./testing/fixtures.ts";
import { BlockIdFlag, type Commit, type CommitSig } from "./wire/basics.ts";

const signers = signersWith([10n, 10n, 10n, 10n]);
const { set } = signers;
const verifier = nativeVerifier();
const blockId = blockIdWith(HASH_A);
const expected = { chainId: CHAIN_ID, blockId, height: 5 };
const third = { numerator: 1n, denominator: 3n };

const full = commitBy(signers, 5, blockId);
const withSig = (commit: Commit, index: number, init: Partial<CommitSig>): Commit => ({
  ...commit,
  signatures: commit.signatures.with(index, { ...must(commit.signatures[index]), ...init }),
});
const zeros = new Uint8Array(64);

const refused = (check: () => unknown, kind: ErrorKind, text?: RegExp): void =>
  assert.throws(check, (e) => {
    assert.ok(isError(e, kind), String(e));
    if (text) assert.match((e as Error).message, text);
    return true;
  });

describe("full commit verification", () => {
  it("takes more than two thirds, counting the block's signatures only", () => {
    verifyCommit(set, full, expected, verifier);
    verifyCommit(set, commitBy(signers, 5, blockId, ["absent"]), expected, verifier);
    verifyCommit(set, commitBy(signers, 5, blockId, ["nil"]), expected, verifier);
    const two = commitBy(signers, 5, blockId, ["nil", "nil"]);
    refused(() => verifyCommit(set, two, expected, verifier), ErrNotEnoughPower, /got 20, needed more than 26/);
  });

  it("looks at every signature, nil votes too", () => {
    const nil = commitBy(signers, 5, blockId, ["commit", "commit", "commit", "nil"]);
    const badNil = withSig(nil, 3, { signature: zeros });
    refused(() => verifyCommit(set, badNil, expected, verifier), ErrWrongSignature, /wrong signature \(#3\)/);
    verifyCommitLight(set, badNil, expected, verifier);
    refused(() => verifyCommitLight(set, badNil, expected, verifier, "all"), ErrWrongSignature);
    const claimed = withSig(nil, 3, { blockIdFlag: BlockIdFlag.commit });
    refused(() => verifyCommit(set, claimed, expected, verifier), ErrWrongSignature);
  });

  it("wants the validator of the index", () => {
    const { validatorAddress } = must(full.signatures[1]);
    const other = withSig(full, 0, { validatorAddress });
    refused(() => verifyCommit(set, other, expected, verifier), ErrCommitMismatch, /address mismatch at index 0/);
    verifyCommitLight(set, other, expected, verifier);
  });

  it("wants size, height, block and chain", () => {
    const short = { ...full, signatures: full.signatures.slice(1) };
    for (const verify of [verifyCommit, verifyCommitLight]) {
      refused(() => verify(set, short, expected, verifier), ErrCommitMismatch, /wrong set size: 4 vs 3/);
      refused(() => verify(set, full, { ...expected, height: 6 }, verifier), ErrCommitMismatch, /wrong height: 6 vs 5/);
      const otherBlock = { ...expected, blockId: blockIdWith(HASH_B) };
      refused(() => verify(set, full, otherBlock, verifier), ErrCommitMismatch, /wrong block ID/);
      const otherParts = { ...expected, blockId: blockIdWith(HASH_A, 2) };
      refused(() => verify(set, full, otherParts, verifier), ErrCommitMismatch, /wrong block ID/);
      refused(() => verify(set, full, { ...expected, chainId: "other" }, verifier), ErrWrongSignature);
    }
  });

  it("treats signatures of a wrong length as wrong", () => {
    for (const size of [0, 1, 63, 65]) {
      const odd = withSig(full, 2, { signature: new Uint8Array(size) });
      refused(() => verifyCommit(set, odd, expected, verifier), ErrWrongSignature, /#2/);
    }
  });
});

describe("light commit verification", () => {
  it("stops as soon as the power suffices", () => {
    const badLast = withSig(full, 3, { signature: zeros });
    verifyCommitLight(set, badLast, expected, verifier);
    refused(() => verifyCommitLight(set, badLast, expected, verifier, "all"), ErrWrongSignature, /#3/);
    const badFirst = withSig(full, 0, { signature: zeros });
    refused(() => verifyCommitLight(set, badFirst, expected, verifier), ErrWrongSignature, /#0/);
  });

  it("counts nil votes only when all signatures are looked at", () => {
    const nils = commitBy(signers, 5, blockId, ["commit", "commit", "nil", "absent"]);
    refused(() => verifyCommitLight(set, nils, expected, verifier), ErrNotEnoughPower, /got 20/);
    verifyCommitLight(set, nils, expected, verifier, "all");
  });
});

describe("trusting commit verification", () => {
  const trust = (commit: Commit, level = third, scope: "all" | "enough" = "enough"): void =>
    verifyCommitTrusting(set, commit, CHAIN_ID, level, verifier, scope);

  it("finds validators by address and skips strangers", () => {
    trust({ ...full, signatures: full.signatures.toReversed() });
    const strangers = commitBy(signersWith([1n, 1n, 1n], 50), 5, blockId);
    refused(() => trust(strangers), ErrNotEnoughPower, /got 0, needed more than 13/);
    trust({ ...full, signatures: [...strangers.signatures, ...full.signatures] });
  });

  it("needs more than the level and never gets it at one", () => {
    const one = commitBy(signers, 5, blockId, ["commit", "absent", "absent", "absent"]);
    refused(() => trust(one), ErrNotEnoughPower, /got 10, needed more than 13/);
    refused(() => trust(full, { numerator: 1n, denominator: 1n }), ErrNotEnoughPower, /got 40, needed more than 40/);
    trust(full, { numerator: 39n, denominator: 40n });
  });

  it("refuses a second signature of one validator", () => {
    const first = must(full.signatures[0]);
    const twice = { ...full, signatures: [first, first] };
    refused(() => trust(twice, { numerator: 2n, denominator: 3n }), ErrDoubleVote, /\(0 and 1\)/);
  });

  it("refuses levels it cannot compute with", () => {
    refused(() => trust(full, { numerator: 1n, denominator: 0n }), ErrInvalidTrustLevel);
    refused(() => trust(full, { numerator: 1n << 62n, denominator: 1n }), ErrInvalidTrustLevel, /overflow/);
  });

  it("looks at nil votes only when all signatures are looked at", () => {
    const nils = commitBy(signers, 5, blockId, ["nil", "nil", "nil", "nil"]);
    refused(() => trust(nils), ErrNotEnoughPower, /got 0/);
    trust(nils, third, "all");
    refused(() => trust(withSig(nils, 3, { signature: zeros }), third, "all"), ErrWrongSignature, /#3/);
  });
});
