// Evidence of misbehaviour: forms, hashes, and the rules it satisfies by itself
// (types/evidence.go of the fork). Verification against a chain is in evidence-verification.ts.
import { concatBytes, fromHex } from "@wadi/util";
import { blockIdKey, validateBlockId } from "./block-id.ts";
import { HASH_SIZE, hexHash, type ConsensusAddress, type HexHash } from "./brands.ts";
import { isAbsent, isForBlock } from "./commit.ts";
import { ErrInvalid, refusal, within } from "./errors.ts";
import type { TimeNs } from "./go-time.ts";
import { headerHash } from "./header.ts";
import { zigzagVarint } from "./int64.ts";
import {
  lightBlockFromMessage,
  lightBlockToMessage,
  validateLightBlock,
  type LightBlock,
  type SignedHeader,
} from "./light-block.ts";
import { merkleRoot } from "./merkle.ts";
import { sha256 } from "./sha256.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { compareByPower, validatorFromMessage, validatorToMessage, type Validator } from "./validator.ts";
import { validateVote } from "./vote.ts";
import type { Header, Vote } from "./wire/basics.ts";
import {
  DuplicateVoteEvidenceMessage,
  EvidenceListMessage,
  LightClientAttackEvidenceMessage,
  type EvidenceMessage,
} from "./wire/blocks.ts";

/** Two votes of one validator for one step; `voteA` has the lower block id key. */
export interface DuplicateVoteEvidence {
  readonly kind: "duplicate-vote";
  readonly voteA: Vote;
  readonly voteB: Vote;
  readonly totalVotingPower: bigint;
  readonly validatorPower: bigint;
  /** Time of the block at the votes' height. */
  readonly timestamp: TimeNs;
}

/** A block that conflicts with ours after a common height. */
export interface LightClientAttackEvidence {
  readonly kind: "light-client-attack";
  readonly conflictingBlock: LightBlock;
  readonly commonHeight: number;
  /**
   * Who misbehaved. `undefined` is the reference's nil list, which only evidence made in memory
   * can have: a decoded list may be empty but is never nil, and verification tells them apart.
   */
  readonly byzantineValidators: readonly Validator[] | undefined;
  /** At the common height. */
  readonly totalVotingPower: bigint;
  /** Time of the block at the common height. */
  readonly timestamp: TimeNs;
}

export type Evidence = DuplicateVoteEvidence | LightClientAttackEvidence;

/** The height at which the misbehaving validators were bonded. */
export function evidenceHeight(evidence: Evidence): number {
  return evidence.kind === "duplicate-vote" ? evidence.voteA.height : evidence.commonHeight;
}

/** Two conflicting votes as evidence, put in order. The voter must be in the set of their height. */
export function duplicateVoteEvidence(
  votes: readonly [Vote, Vote],
  blockTime: TimeNs,
  set: ValidatorSet,
): DuplicateVoteEvidence {
  const [first, second] = votes;
  const index = set.indexOf(first.validatorAddress);
  if (index < 0) {
    throw refusal(ErrInvalid, `validator ${first.validatorAddress.toUpperCase()} not in validator set`);
  }
  const ordered = blockIdKey(first.blockId) < blockIdKey(second.blockId);
  return {
    kind: "duplicate-vote",
    voteA: ordered ? first : second,
    voteB: ordered ? second : first,
    totalVotingPower: set.totalVotingPower,
    validatorPower: set.member(index).votingPower,
    timestamp: blockTime,
  };
}

/** The leaf of the evidence hash: the inner message, not the oneof. */
export function evidenceBytes(evidence: Evidence): Uint8Array {
  return evidence.kind === "duplicate-vote"
    ? DuplicateVoteEvidenceMessage.encode(duplicateVoteToMessage(evidence))
    : LightClientAttackEvidenceMessage.encode(attackToMessage(evidence));
}

/**
 * What names a piece of evidence. For an attack this covers conflicting hash and common height
 * only: 31 bytes of the hash, a zero byte, and the height as a zig-zag varint.
 */
export function evidenceHash(evidence: Evidence): HexHash {
  if (evidence.kind === "duplicate-vote") return hexHash(sha256(evidenceBytes(evidence)));
  const hash = fromHex(headerHash(evidence.conflictingBlock.signedHeader.header)).subarray(0, HASH_SIZE - 1);
  return hexHash(sha256(concatBytes(hash, Uint8Array.of(0), zigzagVarint(BigInt(evidence.commonHeight)))));
}

/** The header's evidence_hash. */
export function evidenceListHash(list: readonly Evidence[]): HexHash {
  return hexHash(merkleRoot(list.map(evidenceBytes)));
}

function validateDuplicateVote(evidence: DuplicateVoteEvidence): void {
  within("invalid VoteA: ", () => validateVote(evidence.voteA));
  within("invalid VoteB: ", () => validateVote(evidence.voteB));
  if (blockIdKey(evidence.voteA.blockId) >= blockIdKey(evidence.voteB.blockId)) {
    throw refusal(ErrInvalid, "duplicate votes in invalid order");
  }
}

function validateAttack(evidence: LightClientAttackEvidence): void {
  const { conflictingBlock, commonHeight, totalVotingPower } = evidence;
  const { header } = conflictingBlock.signedHeader;
  if (totalVotingPower <= 0n) throw refusal(ErrInvalid, "negative or zero total voting power");
  if (commonHeight <= 0) throw refusal(ErrInvalid, "negative or zero common height");
  if (commonHeight > header.height) {
    const text = `common height is ahead of the conflicting block height (${commonHeight} > ${header.height})`;
    throw refusal(ErrInvalid, text);
  }
  within("invalid conflicting light block: ", () => validateLightBlock(conflictingBlock, header.chainId));
}

/** The rules evidence satisfies by itself; throws ErrInvalid and what its parts throw. */
export function validateEvidence(evidence: Evidence): void {
  if (evidence.kind === "duplicate-vote") validateDuplicateVote(evidence);
  else validateAttack(evidence);
}

function duplicateVoteToMessage(evidence: DuplicateVoteEvidence): DuplicateVoteEvidenceMessage {
  const { voteA, voteB, totalVotingPower, validatorPower, timestamp } = evidence;
  return { voteA, voteB, totalVotingPower, validatorPower, timestamp };
}

function attackToMessage(evidence: LightClientAttackEvidence): LightClientAttackEvidenceMessage {
  const { conflictingBlock, commonHeight, byzantineValidators, totalVotingPower, timestamp } = evidence;
  return {
    conflictingBlock: lightBlockToMessage(conflictingBlock),
    commonHeight,
    byzantineValidators: (byzantineValidators ?? []).map(validatorToMessage),
    totalVotingPower,
    timestamp,
  };
}

/** The wire form of evidence, as a block carries it. */
export function evidenceToMessage(evidence: Evidence): EvidenceMessage {
  return evidence.kind === "duplicate-vote"
    ? { sum: { case: "duplicateVoteEvidence", value: duplicateVoteToMessage(evidence) } }
    : { sum: { case: "lightClientAttackEvidence", value: attackToMessage(evidence) } };
}

function voteOf(vote: Vote | undefined): Vote {
  if (vote === undefined) throw refusal(ErrInvalid, "nil vote");
  validateBlockId(vote.blockId);
  validateVote(vote);
  return vote;
}

function attackFromMessage(message: LightClientAttackEvidenceMessage): LightClientAttackEvidence {
  if (message.conflictingBlock === undefined) throw refusal(ErrInvalid, "nil light block");
  const { signedHeader, validatorSet } = lightBlockFromMessage(message.conflictingBlock);
  const byzantineValidators = message.byzantineValidators.map(validatorFromMessage);
  if (signedHeader === undefined) throw refusal(ErrInvalid, "conflicting block missing signed header");
  const { header, commit } = signedHeader;
  if (header === undefined) throw refusal(ErrInvalid, "conflicting block missing header");
  if (commit === undefined || validatorSet === undefined) {
    const missing = commit === undefined ? "invalid signed header: missing commit" : "missing validator set";
    throw refusal(ErrInvalid, `invalid conflicting light block: ${missing}`);
  }
  const { commonHeight, totalVotingPower, timestamp } = message;
  return {
    kind: "light-client-attack",
    conflictingBlock: { signedHeader: { header, commit }, validatorSet },
    commonHeight,
    byzantineValidators,
    totalVotingPower,
    timestamp,
  };
}

/** Evidence of a message, valid by itself; throws ErrInvalid and what its parts throw. */
export function evidenceFromMessage(message: EvidenceMessage): Evidence {
  const { sum } = message;
  if (sum === undefined) throw refusal(ErrInvalid, "evidence is not recognized");
  const evidence: Evidence =
    sum.case === "lightClientAttackEvidence"
      ? attackFromMessage(sum.value)
      : { ...sum.value, kind: "duplicate-vote", voteA: voteOf(sum.value.voteA), voteB: voteOf(sum.value.voteB) };
  validateEvidence(evidence);
  return evidence;
}

/** The bare list that the evidence reactor sends; every piece valid by itself. */
export function decodeEvidenceList(bytes: Uint8Array): readonly Evidence[] {
  return EvidenceListMessage.decode(bytes).evidence.map(evidenceFromMessage);
}

/** The inverse of `decodeEvidenceList`. */
export function encodeEvidenceList(list: readonly Evidence[]): Uint8Array {
  return EvidenceListMessage.encode({ evidence: list.map(evidenceToMessage) });
}

/** True if the conflicting header cannot follow from the same state: a lunatic attack. */
export function conflictingHeaderIsInvalid(conflicting: Header, trusted: Header): boolean {
  return (
    trusted.validatorsHash !== conflicting.validatorsHash ||
    trusted.nextValidatorsHash !== conflicting.nextValidatorsHash ||
    trusted.consensusHash !== conflicting.consensusHash ||
    trusted.appHash !== conflicting.appHash ||
    trusted.lastResultsHash !== conflicting.lastResultsHash
  );
}

/**
 * Who took part in an attack, by power and address; `undefined` (nil) if nobody can be named.
 * A signer that is in neither set is left out, where the reference would crash.
 */
export function byzantineValidators(
  conflicting: LightBlock,
  commonSet: ValidatorSet,
  trusted: SignedHeader,
): readonly Validator[] | undefined {
  const { header, commit } = conflicting.signedHeader;
  const found: Validator[] = [];
  const take = (set: ValidatorSet, address: ConsensusAddress): void => {
    const index = set.indexOf(address);
    if (index >= 0) found.push(set.at(index));
  };
  if (conflictingHeaderIsInvalid(header, trusted.header)) {
    for (const sig of commit.signatures) if (isForBlock(sig)) take(commonSet, sig.validatorAddress);
  } else if (trusted.commit.round === commit.round) {
    for (const [i, sig] of commit.signatures.entries()) {
      const ours = trusted.commit.signatures[i];
      if (isAbsent(sig) || ours === undefined || isAbsent(ours)) continue;
      take(conflicting.validatorSet, sig.validatorAddress);
    }
  }
  return found.length === 0 ? undefined : found.sort(compareByPower);
}

/** What the application is told about one misbehaving validator. */
export interface Misbehavior {
  readonly type: "duplicate-vote" | "light-client-attack";
  readonly validatorAddress: ConsensusAddress;
  readonly validatorPower: bigint;
  readonly height: number;
  readonly time: TimeNs;
  readonly totalVotingPower: bigint;
}

/** One entry for a duplicate vote, one for each byzantine validator of an attack. */
export function misbehaviorOf(evidence: Evidence): readonly Misbehavior[] {
  const common = {
    type: evidence.kind,
    height: evidenceHeight(evidence),
    time: evidence.timestamp,
    totalVotingPower: evidence.totalVotingPower,
  };
  if (evidence.kind === "duplicate-vote") {
    const { voteA, validatorPower } = evidence;
    return [{ ...common, validatorAddress: voteA.validatorAddress, validatorPower }];
  }
  return (evidence.byzantineValidators ?? []).map(({ address, votingPower }) => ({
    ...common,
    validatorAddress: address,
    validatorPower: votingPower,
  }));
}
