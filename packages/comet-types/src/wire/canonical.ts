// What is signed (types/canonical.go): sfixed64 heights and rounds, block id left out when zero.
// Heights are bigint here: this is the one place where every int64 has a form.
import { proto } from "@wadi/codec";
import type { HexHash } from "../brands.ts";

export const CanonicalPartSetHeader = proto.message("CanonicalPartSetHeader", {
  total: proto.uint32(1),
  hash: proto.hex<HexHash>(2),
});

export const CanonicalBlockId = proto.message("CanonicalBlockID", {
  hash: proto.hex<HexHash>(1),
  partSetHeader: proto.required(2, CanonicalPartSetHeader),
});

export const CanonicalVote = proto.message("CanonicalVote", {
  type: proto.enumeration(1),
  height: proto.sfixed64(2),
  round: proto.sfixed64(3),
  blockId: proto.optional(4, CanonicalBlockId),
  timestamp: proto.timestamp(5),
  chainId: proto.string(6),
});
export type CanonicalVote = proto.Infer<typeof CanonicalVote>;

export const CanonicalProposal = proto.message("CanonicalProposal", {
  type: proto.enumeration(1),
  height: proto.sfixed64(2),
  round: proto.sfixed64(3),
  polRound: proto.int64(4),
  blockId: proto.optional(5, CanonicalBlockId),
  timestamp: proto.timestamp(6),
  chainId: proto.string(7),
});
export type CanonicalProposal = proto.Infer<typeof CanonicalProposal>;
