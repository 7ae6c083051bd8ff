// Evidence against what the chain knows (evidence/verify.go of the fork): the parts of the pool's
// rules that need no store. Age and the time of the block at the evidence height are checked by
// `checkEvidenceAge`; which headers and sets to use is the pool's to find.
import { blockIdText, sameBlockId } from "./block-id.ts";
import { verifyCommitLight, verifyCommitTrusting } from "./commit-verification.ts";
import { ErrInvalidEvidence, refusal, within } from "./errors.ts";
import {
  byzantineValidators,
  conflictingHeaderIsInvalid,
  type DuplicateVoteEvidence,
  type LightClientAttackEvidence,
} from "./evidence.ts";
import { timeText, type TimeNs } from "./go-time.ts";
import { headerHash } from "./header.ts";
import type { SignedHeader } from "./light-block.ts";
import { DEFAULT_TRUST_LEVEL } from "./light-verification.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import type { EngineVerifier } from "./engine-verifier.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { SignedMsgType, type Vote } from "./wire/basics.ts";
import type { EvidenceParams } from "./wire/params.ts";

function refuse(text: string): never {
  throw refusal(ErrInvalidEvidence, text);
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [SignedMsgType.unknown, "SIGNED_MSG_TYPE_UNKNOWN"],
  [SignedMsgType.prevote, "SIGNED_MSG_TYPE_PREVOTE"],
  [SignedMsgType.precommit, "SIGNED_MSG_TYPE_PRECOMMIT"],
  [SignedMsgType.proposal, "SIGNED_MSG_TYPE_PROPOSAL"],
]);

const stepText = (vote: Vote): string => `${vote.height}/${vote.round}/${typeNames.get(vote.type) ?? vote.type}`;

/** Where the chain stands when evidence is judged. */
export interface EvidenceContext {
  readonly lastHeight: number;
  readonly lastBlockTime: TimeNs;
  /** Time of our block at the evidence height. */
  readonly evidenceBlockTime: TimeNs;
  readonly params: EvidenceParams;
}

/** The timestamp is our block's, and age in blocks or age in time is within its limit. */
export function checkEvidenceAge(height: number, timestamp: TimeNs, context: EvidenceContext): void {
  const { lastHeight, lastBlockTime, evidenceBlockTime, params } = context;
  if (timestamp !== evidenceBlockTime) {
    const times = `(${timeText(timestamp)} != ${timeText(evidenceBlockTime)})`;
    refuse(`evidence has a different time to the block it is associated with ${times}`);
  }
  const tooManyBlocks = lastHeight - height > params.maxAgeNumBlocks;
  if (tooManyBlocks && lastBlockTime - evidenceBlockTime > params.maxAgeDuration) {
    const limit = `min height is ${lastHeight - params.maxAgeNumBlocks}`;
    refuse(`evidence from height ${height} (created at: ${timeText(evidenceBlockTime)}) is too old; ${limit}`);
  }
}

/** Two votes that no honest validator signs; `set` is the one of the votes' height. Throws ErrInvalidEvidence. */
export function verifyDuplicateVote(
  evidence: DuplicateVoteEvidence,
  chainId: string,
  set: ValidatorSet,
  verifier: EngineVerifier,
): void {
  const { voteA, voteB } = evidence;
  const index = set.indexOf(voteA.validatorAddress);
  if (index < 0) {
    refuse(`address ${voteA.validatorAddress.toUpperCase()} was not a validator at height ${voteA.height}`);
  }
  if (voteA.height !== voteB.height || voteA.round !== voteB.round || voteA.type !== voteB.type) {
    refuse(`h/r/s does not match: ${stepText(voteA)} vs ${stepText(voteB)}`);
  }
  if (voteA.validatorAddress !== voteB.validatorAddress) {
    const addresses = [voteA, voteB].map((vote) => vote.validatorAddress.toUpperCase()).join(" vs ");
    refuse(`validator addresses do not match: ${addresses}`);
  }
  if (sameBlockId(voteA.blockId, voteB.blockId)) {
    refuse(`block IDs are the same (${blockIdText(voteA.blockId)}) - not a real duplicate vote`);
  }
  const { publicKey, votingPower } = set.member(index);
  if (votingPower !== evidence.validatorPower) {
    const powers = `(${evidence.validatorPower} != ${votingPower})`;
    refuse(`validator power from evidence and our validator set does not match ${powers}`);
  }
  checkTotalPower(evidence.totalVotingPower, set);
  for (const [name, vote] of [["VoteA", voteA] as const, ["VoteB", voteB] as const]) {
    const message = voteSignBytes(chainId, vote);
    if (!verifier.verify({ publicKey, message, signature: vote.signature })) {
      refuse(`verifying ${name}: invalid signature`);
    }
  }
}

function checkTotalPower(claimed: bigint, set: ValidatorSet): void {
  if (claimed === set.totalVotingPower) return;
  const powers = `(${claimed} != ${set.totalVotingPower})`;
  refuse(`total voting power from the evidence and our validator set does not match ${powers}`);
}

/** What of our chain an attack is judged against. */
export interface AttackContext {
  /** Ours at the common height. */
  readonly commonHeader: SignedHeader;
  readonly commonSet: ValidatorSet;
  /**
   * Ours at the conflicting height, or our latest if we do not have that height (and then not
   * earlier in time than the conflicting block).
   */
  readonly trusted: SignedHeader;
}

function checkAttackCommits(
  evidence: LightClientAttackEvidence,
  context: AttackContext,
  verifier: EngineVerifier,
): void {
  const { signedHeader, validatorSet } = evidence.conflictingBlock;
  const { header, commit } = signedHeader;
  const { chainId } = context.trusted.header;
  if (context.commonHeader.header.height !== header.height) {
    within("skipping verification of conflicting block failed: ", () =>
      verifyCommitTrusting(context.commonSet, commit, chainId, DEFAULT_TRUST_LEVEL, verifier, "all"),
    );
  } else if (conflictingHeaderIsInvalid(header, context.trusted.header)) {
    const text = "so expected the conflicting block to be correctly derived yet it wasn't";
    refuse(`common height is the same as conflicting block height ${text}`);
  }
  const expected = { chainId, blockId: commit.blockId, height: header.height };
  within("invalid commit from conflicting block: ", () =>
    verifyCommitLight(validatorSet, commit, expected, verifier, "all"),
  );
}

/** The named validators are exactly those the two blocks convict, in order. */
function checkByzantineValidators(evidence: LightClientAttackEvidence, context: AttackContext): void {
  const derived = byzantineValidators(evidence.conflictingBlock, context.commonSet, context.trusted);
  const named = evidence.byzantineValidators;
  // Decoded evidence never has a nil list, so evidence that convicts nobody is always refused here.
  if (derived === undefined && named !== undefined) {
    refuse(`expected nil validators from an amnesia light client attack but got ${named.length}`);
  }
  const expected = derived ?? [];
  const got = named ?? [];
  if (expected.length !== got.length) {
    refuse(`expected ${expected.length} byzantine validators from evidence but got ${got.length}`);
  }
  for (const [i, { address, votingPower }] of expected.entries()) {
    const other = got[i];
    if (other?.address !== address) {
      const texts = `expected: ${address.toUpperCase()}, got: ${other?.address.toUpperCase()}`;
      refuse(`evidence contained an unexpected byzantine validator address; ${texts}`);
    }
    if (other.votingPower !== votingPower) {
      const texts = `expected ${votingPower}, got ${other.votingPower}`;
      refuse(`evidence contained unexpected byzantine validator power; ${texts}`);
    }
  }
}

/**
 * An attack that is valid by itself and not too old. Throws ErrInvalidEvidence and what commit
 * verification throws.
 */
export function verifyLightClientAttack(
  evidence: LightClientAttackEvidence,
  context: AttackContext,
  verifier: EngineVerifier,
): void {
  checkAttackCommits(evidence, context, verifier);
  checkTotalPower(evidence.totalVotingPower, context.commonSet);
  const { header } = evidence.conflictingBlock.signedHeader;
  const trusted = context.trusted.header;
  if (header.height > trusted.height && header.time > trusted.time) {
    const times = `(${timeText(header.time)} is after ${timeText(trusted.time)})`;
    refuse(`conflicting block doesn't violate monotonically increasing time ${times}`);
  }
  const hash = headerHash(trusted);
  if (hash === headerHash(header)) {
    refuse(`trusted header hash matches the evidence's conflicting header hash: ${hash.toUpperCase()}`);
  }
  checkByzantineValidators(evidence, context);
}
