// Messages of the consensus reactor, channels 0x20 to 0x23 (proto/tendermint/consensus).
import { proto } from "@wadi/codec";
import { BitArrayMessage, BlockId, Part, PartSetHeader, Proposal, Vote } from "./basics.ts";

export const NewRoundStep = proto.message("NewRoundStep", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  step: proto.uint32(3),
  secondsSinceStartTime: proto.int64(4),
  lastCommitRound: proto.int32(5),
});
export type NewRoundStep = proto.Infer<typeof NewRoundStep>;

export const NewValidBlock = proto.message("NewValidBlock", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  blockPartSetHeader: proto.required(3, PartSetHeader),
  blockParts: proto.optional(4, BitArrayMessage),
  isCommit: proto.bool(5),
});
export type NewValidBlock = proto.Infer<typeof NewValidBlock>;

export const ProposalMessage = proto.message("Proposal", { proposal: proto.required(1, Proposal) });

export const ProposalPol = proto.message("ProposalPOL", {
  height: proto.int64Number(1),
  proposalPolRound: proto.int32(2),
  proposalPol: proto.required(3, BitArrayMessage),
});
export type ProposalPol = proto.Infer<typeof ProposalPol>;

export const BlockPart = proto.message("BlockPart", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  part: proto.required(3, Part),
});
export type BlockPart = proto.Infer<typeof BlockPart>;

export const VoteMessage = proto.message("Vote", { vote: proto.optional(1, Vote) });

export const HasVote = proto.message("HasVote", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  type: proto.enumeration(3),
  index: proto.int32(4),
});
export type HasVote = proto.Infer<typeof HasVote>;

export const VoteSetMaj23 = proto.message("VoteSetMaj23", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  type: proto.enumeration(3),
  blockId: proto.required(4, BlockId),
});
export type VoteSetMaj23 = proto.Infer<typeof VoteSetMaj23>;

export const VoteSetBits = proto.message("VoteSetBits", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  type: proto.enumeration(3),
  blockId: proto.required(4, BlockId),
  votes: proto.required(5, BitArrayMessage),
});
export type VoteSetBits = proto.Infer<typeof VoteSetBits>;

export const ConsensusMessage = proto.message("Message", {
  sum: proto.oneof({
    newRoundStep: proto.memberMessage(1, NewRoundStep),
    newValidBlock: proto.memberMessage(2, NewValidBlock),
    proposal: proto.memberMessage(3, ProposalMessage),
    proposalPol: proto.memberMessage(4, ProposalPol),
    blockPart: proto.memberMessage(5, BlockPart),
    vote: proto.memberMessage(6, VoteMessage),
    hasVote: proto.memberMessage(7, HasVote),
    voteSetMaj23: proto.memberMessage(8, VoteSetMaj23),
    voteSetBits: proto.memberMessage(9, VoteSetBits),
  }),
});
export type ConsensusMessage = proto.Infer<typeof ConsensusMessage>;
