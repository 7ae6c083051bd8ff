// Messages of the consensus channels and their validity by themselves (consensus/msgs.go and the
// ValidateBasic functions of consensus/reactor.go of the fork). Those of the round state machine
// keep its form; of the others bit arrays are taken out of their wire form, with their limits.
import {
  BitArray,
  ConsensusMessage,
  ErrInvalid,
  MAX_BLOCK_PARTS,
  MAX_VOTES,
  SignedMsgType,
  refusal,
  validateBlockId,
  validateHash,
  within,
  type BlockId,
  type HasVote,
  type NewRoundStep,
  type NewValidBlock,
  type PartSetHeader,
  type ProposalPol,
  type VoteSetBits,
} from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { roundMessageFromWire, validateRoundMessage } from "../rounds/messages.ts";
import { RoundStep } from "../rounds/step.ts";
import type { RoundMessage } from "../rounds/types.ts";
import { ErrMessageNotRecognized } from "./errors.ts";
import { checkMessageSize } from "./message-size.ts";

export const STATE_CHANNEL = 0x20;
export const DATA_CHANNEL = 0x21;
export const VOTE_CHANNEL = 0x22;
export const VOTE_SET_BITS_CHANNEL = 0x23;

/** Longest message of each of these channels. */
export const MAX_CONSENSUS_MESSAGE_SIZE = 1 << 20;

/** Which block a peer collects, and which parts of it it has. */
export interface PeerBlockParts {
  readonly height: number;
  readonly round: number;
  readonly header: PartSetHeader;
  readonly parts: BitArray;
  /** The block is decided; the round does not matter. */
  readonly isCommit: boolean;
}

/** Prevotes that a peer has of the round that a proposal refers to. */
export interface PeerProofOfLock {
  readonly height: number;
  readonly round: number;
  readonly votes: BitArray;
}

/** Votes that a peer has for a block. */
export interface PeerVoteBits {
  readonly height: number;
  readonly round: number;
  readonly type: number;
  readonly blockId: BlockId;
  readonly votes: BitArray;
}

/** What a peer tells about itself. */
export type PeerNews =
  | { readonly kind: "new-round-step"; readonly value: NewRoundStep }
  | { readonly kind: "new-valid-block"; readonly value: PeerBlockParts }
  | { readonly kind: "proposal-pol"; readonly value: PeerProofOfLock }
  | { readonly kind: "has-vote"; readonly value: HasVote }
  | { readonly kind: "vote-set-bits"; readonly value: PeerVoteBits };

export type GossipMessage = RoundMessage | PeerNews;

function refuse(text: string): never {
  throw refusal(ErrInvalid, text);
}

function checkHeight(height: number): void {
  if (height < 0) refuse("negative Height");
}

function checkRound(round: number): void {
  if (round < 0) refuse("negative Round");
}

function checkVoteType(type: number): void {
  if (type !== SignedMsgType.prevote && type !== SignedMsgType.precommit) refuse("invalid Type");
}

function checkRoundStep(value: NewRoundStep): NewRoundStep {
  checkHeight(value.height);
  checkRound(value.round);
  if (value.step < RoundStep.newHeight || value.step > RoundStep.commit) refuse("invalid Step");
  if (value.lastCommitRound < -1) refuse("invalid LastCommitRound (cannot be < -1)");
  return value;
}

function blockPartsOf({ height, round, blockPartSetHeader, blockParts, isCommit }: NewValidBlock): PeerBlockParts {
  checkHeight(height);
  checkRound(round);
  within("wrong BlockPartSetHeader: ", () => validateHash(blockPartSetHeader.hash));
  if (blockParts === undefined || blockParts.bits === 0) refuse("empty blockParts");
  const parts = within("validating BlockParts: ", () => BitArray.fromMessage(blockParts, MAX_BLOCK_PARTS));
  if (parts.size !== blockPartSetHeader.total) {
    refuse(`blockParts bit array size ${parts.size} not equal to BlockPartSetHeader.Total ${blockPartSetHeader.total}`);
  }
  return { height, round, header: blockPartSetHeader, parts, isCommit };
}

function proofOfLockOf({ height, proposalPolRound: round, proposalPol }: ProposalPol): PeerProofOfLock {
  checkHeight(height);
  if (round < 0) refuse("negative ProposalPOLRound");
  if (proposalPol.bits === 0) refuse("empty ProposalPOL bit array");
  const votes = within("validating ProposalPOL: ", () => BitArray.fromMessage(proposalPol, MAX_VOTES));
  return { height, round, votes };
}

function checkHasVote(value: HasVote): HasVote {
  checkHeight(value.height);
  checkRound(value.round);
  checkVoteType(value.type);
  if (value.index < 0) refuse("negative Index");
  return value;
}

/** The round may be negative here, and then concerns nothing; the array may be empty. */
function voteBitsOf({ height, round, type, blockId, votes }: VoteSetBits): PeerVoteBits {
  checkHeight(height);
  checkVoteType(type);
  within("wrong BlockID: ", () => validateBlockId(blockId));
  const bits = within("validating Votes: ", () => BitArray.fromMessage(votes, MAX_VOTES));
  return { height, round, type, blockId, votes: bits };
}

function newsFrom({ sum }: ConsensusMessage): PeerNews | undefined {
  switch (sum?.case) {
    case "newRoundStep":
      return { kind: "new-round-step", value: checkRoundStep(sum.value) };
    case "newValidBlock":
      return { kind: "new-valid-block", value: blockPartsOf(sum.value) };
    case "proposalPol":
      return { kind: "proposal-pol", value: proofOfLockOf(sum.value) };
    case "hasVote":
      return { kind: "has-vote", value: checkHasVote(sum.value) };
    case "voteSetBits":
      return { kind: "vote-set-bits", value: voteBitsOf(sum.value) };
    default:
      return undefined;
  }
}

/**
 * A message of one of the consensus channels, valid by itself. Throws ErrMessageTooLarge,
 * ErrMessageNotRecognized, errors of `codec/protobuf`, and what the rules throw: each of them ends
 * the connection. Keeps no view of the bytes.
 */
export function decodeGossipMessage(bytes: Uint8Array): GossipMessage {
  checkMessageSize(bytes, MAX_CONSENSUS_MESSAGE_SIZE);
  const wire = ConsensusMessage.decode(bytes);
  const message = roundMessageFromWire(wire);
  if (message !== undefined) {
    validateRoundMessage(message);
    return message;
  }
  const news = newsFrom(wire);
  if (news !== undefined) return news;
  throw new WadiError(ErrMessageNotRecognized);
}

/** The channel on which a message is taken; on others it is ignored. */
export function channelOf(kind: GossipMessage["kind"]): number {
  switch (kind) {
    case "new-round-step":
    case "new-valid-block":
    case "has-vote":
    case "majority-claim":
      return STATE_CHANNEL;
    case "proposal":
    case "proposal-pol":
    case "block-part":
      return DATA_CHANNEL;
    case "vote":
      return VOTE_CHANNEL;
    case "vote-set-bits":
      return VOTE_SET_BITS_CHANNEL;
  }
}
