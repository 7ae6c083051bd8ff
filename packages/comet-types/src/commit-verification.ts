// Checking commits against validator sets: the variants of the fork's types/validator_set.go.
import { blockIdText, sameBlockId } from "./block-id.ts";
import type { ConsensusAddress } from "./brands.ts";
import { commitSignBytesWriter, isAbsent, isForBlock } from "./commit.ts";
import {
  ErrCommitMismatch,
  ErrDoubleVote,
  ErrInvalidTrustLevel,
  ErrNotEnoughPower,
  ErrWrongSignature,
  refusal,
} from "./errors.ts";
import { MAX_INT64 } from "./int64.ts";
import type { EngineVerifier, SignedMessage } from "./engine-verifier.ts";
import type { ValidatorSet } from "./validator-set.ts";
import type { BlockId, Commit, CommitSig } from "./wire/basics.ts";
import { toHex } from "@wadi/util";

/** What a commit is checked for. */
export interface CommitExpectation {
  readonly chainId: string;
  readonly blockId: BlockId;
  readonly height: number;
}

/** A part of the power, for example one third. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** `"all"` looks at every signature that is there; `"enough"` stops when the power suffices. */
export type SignatureScope = "enough" | "all";

function wrongSignature(index: number, sig: CommitSig): Error {
  const text = `wrong signature (#${index}): ${toHex(sig.signature).toUpperCase()}`;
  return refusal(ErrWrongSignature, text, { index });
}

function checkPower(got: bigint, needed: bigint): void {
  if (got > needed) return;
  const text = `invalid commit -- insufficient voting power: got ${got}, needed more than ${needed}`;
  throw refusal(ErrNotEnoughPower, text, { got, needed });
}

function checkExpectation(set: ValidatorSet, commit: Commit, expected: CommitExpectation): void {
  if (set.size !== commit.signatures.length) {
    const text = `invalid commit -- wrong set size: ${set.size} vs ${commit.signatures.length}`;
    throw refusal(ErrCommitMismatch, text);
  }
  if (expected.height !== commit.height) {
    const text = `invalid commit -- wrong height: ${expected.height} vs ${commit.height}`;
    throw refusal(ErrCommitMismatch, text);
  }
  if (!sameBlockId(expected.blockId, commit.blockId)) {
    const text = `want ${blockIdText(expected.blockId)}, got ${blockIdText(commit.blockId)}`;
    throw refusal(ErrCommitMismatch, `invalid commit -- wrong block ID: ${text}`);
  }
}

/**
 * Full check, for block validation: more than two thirds signed the block, and every signature
 * that is there, nil votes too, is by the validator at its index and verifies. Throws
 * ErrCommitMismatch, ErrWrongSignature, ErrNotEnoughPower.
 */
export function verifyCommit(
  set: ValidatorSet,
  commit: Commit,
  expected: CommitExpectation,
  verifier: EngineVerifier,
): void {
  checkExpectation(set, commit, expected);
  const present: number[] = [];
  const signed: SignedMessage[] = [];
  const signBytes = commitSignBytesWriter(expected.chainId, commit);
  for (const [index, sig] of commit.signatures.entries()) {
    if (isAbsent(sig)) continue;
    const { address, publicKey } = set.member(index);
    if (address !== sig.validatorAddress) {
      const texts = `expected ${address.toUpperCase()}, got ${sig.validatorAddress.toUpperCase()}`;
      throw refusal(ErrCommitMismatch, `validator address mismatch at index ${index}: ${texts}`);
    }
    present.push(index);
    signed.push({ publicKey, message: signBytes(sig), signature: sig.signature });
  }
  const valid = verifier.verifyBatch(signed);
  let power = 0n;
  for (const [i, index] of present.entries()) {
    const sig = commit.signatures[index] as CommitSig;
    if (valid[i] !== true) throw wrongSignature(index, sig);
    if (isForBlock(sig)) power += set.member(index).votingPower;
  }
  checkPower(power, (set.totalVotingPower * 2n) / 3n);
}

const isLookedAt = (sig: CommitSig, scope: SignatureScope): boolean =>
  scope === "all" ? !isAbsent(sig) : isForBlock(sig);

/**
 * Light check: more than two thirds signed, by index; addresses are not compared. With "all",
 * nil votes must verify as well and their power counts, as evidence handling of the reference
 * has it. Throws ErrCommitMismatch, ErrWrongSignature, ErrNotEnoughPower.
 */
export function verifyCommitLight(
  set: ValidatorSet,
  commit: Commit,
  expected: CommitExpectation,
  verifier: EngineVerifier,
  scope: SignatureScope = "enough",
): void {
  checkExpectation(set, commit, expected);
  const needed = (set.totalVotingPower * 2n) / 3n;
  const signBytes = commitSignBytesWriter(expected.chainId, commit);
  let power = 0n;
  for (const [index, sig] of commit.signatures.entries()) {
    if (!isLookedAt(sig, scope)) continue;
    const { publicKey, votingPower } = set.member(index);
    const message = signBytes(sig);
    if (!verifier.verify({ publicKey, message, signature: sig.signature })) throw wrongSignature(index, sig);
    power += votingPower;
    if (scope === "enough" && power > needed) return;
  }
  checkPower(power, needed);
}

/**
 * Skipping check: more than a fraction of a trusted set signed, found by address; others are not
 * looked at. At 1/1 this never succeeds. Throws ErrDoubleVote, ErrWrongSignature, ErrNotEnoughPower
 * and ErrInvalidTrustLevel.
 */
export function verifyCommitTrusting(
  set: ValidatorSet,
  commit: Commit,
  chainId: string,
  trustLevel: Fraction,
  verifier: EngineVerifier,
  scope: SignatureScope = "enough",
): void {
  if (trustLevel.denominator === 0n) throw refusal(ErrInvalidTrustLevel, "trustLevel has zero Denominator");
  const scaled = set.totalVotingPower * trustLevel.numerator;
  if (scaled > MAX_INT64) {
    const hint = "please provide smaller trustLevel numerator";
    throw refusal(ErrInvalidTrustLevel, `int64 overflow while calculating voting power needed. ${hint}`);
  }
  const needed = scaled / trustLevel.denominator;
  const seen = new Map<ConsensusAddress, number>();
  const signBytes = commitSignBytesWriter(chainId, commit);
  let power = 0n;
  for (const [index, sig] of commit.signatures.entries()) {
    if (!isLookedAt(sig, scope)) continue;
    const member = set.indexOf(sig.validatorAddress);
    if (member < 0) continue;
    const first = seen.get(sig.validatorAddress);
    if (first !== undefined) {
      const who = sig.validatorAddress.toUpperCase();
      throw refusal(ErrDoubleVote, `double vote from ${who} (${first} and ${index})`);
    }
    seen.set(sig.validatorAddress, index);
    const { publicKey, votingPower } = set.member(member);
    const message = signBytes(sig);
    if (!verifier.verify({ publicKey, message, signature: sig.signature })) throw wrongSignature(index, sig);
    power += votingPower;
    if (scope === "enough" && power > needed) return;
  }
  checkPower(power, needed);
}
