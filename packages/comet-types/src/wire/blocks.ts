// Blocks, light blocks and evidence on the wire.
import { proto } from "@wadi/codec";
import { BlockId, Commit, Data, Header, MAX_VOTES, Vote } from "./basics.ts";
import { ValidatorMessage, ValidatorSetMessage } from "./validators.ts";

export const SignedHeaderMessage = proto.message("SignedHeader", {
  header: proto.optional(1, Header),
  commit: proto.optional(2, Commit),
});
export type SignedHeaderMessage = proto.Infer<typeof SignedHeaderMessage>;

export const LightBlockMessage = proto.message("LightBlock", {
  signedHeader: proto.optional(1, SignedHeaderMessage),
  validatorSet: proto.optional(2, ValidatorSetMessage),
});
export type LightBlockMessage = proto.Infer<typeof LightBlockMessage>;

export const DuplicateVoteEvidenceMessage = proto.message("DuplicateVoteEvidence", {
  voteA: proto.optional(1, Vote),
  voteB: proto.optional(2, Vote),
  totalVotingPower: proto.int64(3),
  validatorPower: proto.int64(4),
  timestamp: proto.timestamp(5),
});
export type DuplicateVoteEvidenceMessage = proto.Infer<typeof DuplicateVoteEvidenceMessage>;

export const LightClientAttackEvidenceMessage = proto.message("LightClientAttackEvidence", {
  conflictingBlock: proto.optional(1, LightBlockMessage),
  commonHeight: proto.int64Number(2),
  byzantineValidators: proto.repeated(3, ValidatorMessage, MAX_VOTES),
  totalVotingPower: proto.int64(4),
  timestamp: proto.timestamp(5),
});
export type LightClientAttackEvidenceMessage = proto.Infer<typeof LightClientAttackEvidenceMessage>;

export const EvidenceMessage = proto.message("Evidence", {
  sum: proto.oneof({
    duplicateVoteEvidence: proto.memberMessage(1, DuplicateVoteEvidenceMessage),
    lightClientAttackEvidence: proto.memberMessage(2, LightClientAttackEvidenceMessage),
  }),
});
export type EvidenceMessage = proto.Infer<typeof EvidenceMessage>;

export const EvidenceListMessage = proto.message("EvidenceList", { evidence: proto.repeated(1, EvidenceMessage) });
export type EvidenceListMessage = proto.Infer<typeof EvidenceListMessage>;

export const BlockMessage = proto.message("Block", {
  header: proto.required(1, Header),
  data: proto.required(2, Data),
  evidence: proto.required(3, EvidenceListMessage),
  lastCommit: proto.optional(4, Commit),
});
export type BlockMessage = proto.Infer<typeof BlockMessage>;

export const BlockMeta = proto.message("BlockMeta", {
  blockId: proto.required(1, BlockId),
  blockSize: proto.int64Number(2),
  header: proto.required(3, Header),
  numTxs: proto.int64Number(4),
});
export type BlockMeta = proto.Infer<typeof BlockMeta>;
