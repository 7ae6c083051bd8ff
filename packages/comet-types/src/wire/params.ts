// Consensus parameters. Sizes and block counts are bounded far below 2^53; gas is a full int64
// with -1 for "no limit"; durations are bigint nanoseconds.
import { proto } from "@wadi/codec";

export const BlockParams = proto.message("BlockParams", { maxBytes: proto.int64Number(1), maxGas: proto.int64(2) });
export type BlockParams = proto.Infer<typeof BlockParams>;

export const EvidenceParams = proto.message("EvidenceParams", {
  maxAgeNumBlocks: proto.int64Number(1),
  maxAgeDuration: proto.duration(2),
  maxBytes: proto.int64Number(3),
});
export type EvidenceParams = proto.Infer<typeof EvidenceParams>;

export const ValidatorParams = proto.message("ValidatorParams", { pubKeyTypes: proto.repeatedString(1) });
export type ValidatorParams = proto.Infer<typeof ValidatorParams>;

export const VersionParams = proto.message("VersionParams", { app: proto.uint64(1) });
export type VersionParams = proto.Infer<typeof VersionParams>;

export const ConsensusParamsMessage = proto.message("ConsensusParams", {
  block: proto.optional(1, BlockParams),
  evidence: proto.optional(2, EvidenceParams),
  validator: proto.optional(3, ValidatorParams),
  version: proto.optional(4, VersionParams),
});
export type ConsensusParamsMessage = proto.Infer<typeof ConsensusParamsMessage>;

/** The part of the parameters that headers commit to. */
export const HashedParams = proto.message("HashedParams", {
  blockMaxBytes: proto.int64Number(1),
  blockMaxGas: proto.int64(2),
});
