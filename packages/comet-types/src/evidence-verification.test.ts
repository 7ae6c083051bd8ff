import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError, must } from "@wadi/util";
import type { HexHash } from "./brands.ts";
import { ErrInvalid, ErrInvalidEvidence } from "./errors.ts";
import { checkEvidenceAge, verifyDuplicateVote, verifyLightClientAttack } from "./evidence-verification.ts";
import {
  byzantineValidators,
  decodeEvidenceList,
  duplicateVoteEvidence,
  encodeEvidenceList,
  evidenceFromMessage,
  evidenceHash,
  evidenceToMessage,
  type LightClientAttackEvidence,
} from "./evidence.ts";
import {
  CHAIN_ID,
  HASH_A,
  HASH_B,
  START_TIME,
  blockIdWith,
  nativeVerifier,
  signVote,
  signedHeaderAt,
  signersWith,
} from "./testing/fixtures.ts";
import { SignedMsgType, Vote } from "./wire/basics.ts";
import { EvidenceMessage } from "./wire/blocks.ts";

const signers = signersWith([40n, 30n, 20n, 10n]);
const { set } = signers;
const verifier = nativeVerifier();
const params = { maxAgeNumBlocks: 10, maxAgeDuration: 100n, maxBytes: 1000 };

function voteFor(hash: HexHash, validator = 0): Vote {
  const vote = Vote.create({
    type: SignedMsgType.prevote,
    height: 3,
    ...(hash !== "" && { blockId: blockIdWith(hash) }),
    timestamp: START_TIME,
    validatorAddress: set.member(validator).address,
    validatorIndex: validator,
  });
  return signVote(must(signers.keys[validator]), vote);
}

const refused = (check: () => unknown, text: RegExp, kind = ErrInvalidEvidence): void =>
  assert.throws(check, (e) => {
    assert.ok(isError(e, kind), String(e));
    assert.match((e as Error).message, text);
    return true;
  });

describe("evidence age", () => {
  it("is too old only if both ages are over their limit", () => {
    const check = (blocks: number, time: bigint): void =>
      checkEvidenceAge(100, 1000n, {
        lastHeight: 100 + blocks,
        lastBlockTime: 1000n + time,
        evidenceBlockTime: 1000n,
        params,
      });
    check(10, 101n);
    check(11, 100n);
    check(10, 100n);
    refused(() => check(11, 101n), /is too old; min height is 101/);
  });

  it("has the time of its block", () => {
    const context = { lastHeight: 1, lastBlockTime: 1n, evidenceBlockTime: 1n, params };
    refused(() => checkEvidenceAge(1, 2n, context), /different time/);
  });
});

describe("duplicate votes", () => {
  const evidence = duplicateVoteEvidence([voteFor(HASH_B), voteFor(HASH_A)], START_TIME, set);

  it("is put in order, nil first", () => {
    assert.equal(evidence.voteA.blockId.hash, HASH_A);
    assert.equal(evidence.validatorPower, 40n);
    assert.equal(evidence.totalVotingPower, 100n);
    const withNil = duplicateVoteEvidence([voteFor(HASH_A), voteFor("" as HexHash)], START_TIME, set);
    assert.equal(withNil.voteA.blockId.hash, "");
    verifyDuplicateVote(evidence, CHAIN_ID, set, verifier);
    verifyDuplicateVote(withNil, CHAIN_ID, set, verifier);
    const stranger = signersWith([1n], 30).set;
    refused(
      () => duplicateVoteEvidence([voteFor(HASH_A), voteFor(HASH_B)], START_TIME, stranger),
      /not in validator set/,
      ErrInvalid,
    );
  });

  it("is refused with the votes of two, of another chain or set", () => {
    const two = { ...evidence, voteB: voteFor(HASH_B, 1) };
    refused(() => verifyDuplicateVote(two, CHAIN_ID, set, verifier), /addresses do not match/);
    refused(() => verifyDuplicateVote(evidence, "other", set, verifier), /verifying VoteA: invalid signature/);
    const others = signersWith([1n], 30).set;
    refused(() => verifyDuplicateVote(evidence, CHAIN_ID, others, verifier), /was not a validator at height 3/);
  });

  it("goes through the list of the reactor", () => {
    const bytes = encodeEvidenceList([evidence, evidence]);
    assert.deepEqual(decodeEvidenceList(bytes), [evidence, evidence]);
    assert.deepEqual(decodeEvidenceList(new Uint8Array(0)), []);
  });

  it("must be of a known kind and complete", () => {
    refused(() => evidenceFromMessage(EvidenceMessage.create()), /not recognized/, ErrInvalid);
    const { sum } = evidenceToMessage(evidence);
    if (sum?.case !== "duplicateVoteEvidence") assert.fail("kind");
    const half = { sum: { case: sum.case, value: { ...sum.value, voteB: undefined } } };
    refused(() => evidenceFromMessage(half), /nil vote/, ErrInvalid);
  });
});

describe("light client attacks", () => {
  const common = signedHeaderAt(3, signers);
  const trusted = signedHeaderAt(8, signers);
  const lunatic = signedHeaderAt(8, signers, { appHash: HASH_B }, ["commit", "commit", "absent", "commit"]);
  const context = { commonHeader: common, commonSet: set, trusted };
  const conflictingBlock = { signedHeader: lunatic, validatorSet: set };
  const attack: LightClientAttackEvidence = {
    kind: "light-client-attack",
    conflictingBlock,
    commonHeight: 3,
    byzantineValidators: byzantineValidators(conflictingBlock, set, trusted),
    totalVotingPower: 100n,
    timestamp: common.header.time,
  };

  it("convicts those of the common set who signed", () => {
    assert.deepEqual(
      attack.byzantineValidators?.map((v) => v.votingPower),
      [40n, 30n, 10n],
    );
    verifyLightClientAttack(attack, context, verifier);
    const decoded = evidenceFromMessage(EvidenceMessage.decode(EvidenceMessage.encode(evidenceToMessage(attack))));
    assert.equal(decoded.kind, "light-client-attack");
    assert.equal(evidenceHash(decoded), evidenceHash(attack));
    if (decoded.kind === "light-client-attack") verifyLightClientAttack(decoded, context, verifier);
  });

  it("normalizes a filled total power, which hashes do not see", () => {
    const message = evidenceToMessage(attack);
    if (message.sum?.case !== "lightClientAttackEvidence") assert.fail("kind");
    const block = must(message.sum.value.conflictingBlock);
    const validatorSet = { ...must(block.validatorSet), totalVotingPower: 100n };
    const value = { ...message.sum.value, conflictingBlock: { ...block, validatorSet } };
    const decoded = evidenceFromMessage({ sum: { case: message.sum.case, value } });
    assert.deepEqual(EvidenceMessage.encode(evidenceToMessage(decoded)), EvidenceMessage.encode(message));
  });

  it("is refused forward in time", () => {
    const latest = signedHeaderAt(7, signers);
    const forward = { ...context, trusted: latest };
    refused(() => verifyLightClientAttack(attack, forward, verifier), /doesn't violate monotonically increasing time/);
    const early = signedHeaderAt(8, signers, { appHash: HASH_B, time: latest.header.time }, [
      "commit",
      "commit",
      "absent",
      "commit",
    ]);
    const violating = { ...attack, conflictingBlock: { signedHeader: early, validatorSet: set } };
    verifyLightClientAttack(violating, forward, verifier);
  });

  it("leaves out a signer of no set, where addresses are not checked", () => {
    const [first, ...rest] = trusted.commit.signatures;
    const stranger = { ...must(first), validatorAddress: signersWith([1n], 30).set.member(0).address };
    const commit = { ...trusted.commit, signatures: [stranger, ...rest] };
    const other = { signedHeader: { ...trusted, commit }, validatorSet: set };
    const named = byzantineValidators(other, set, trusted);
    assert.equal(named?.length, 3);
  });
});
