// Messages of proto/tendermint/types that identify and sign blocks.
import { proto } from "@wadi/codec";
import type { ConsensusAddress, HexHash } from "../brands.ts";

/** Kinds of signed messages. */
export const SignedMsgType = { unknown: 0, prevote: 1, precommit: 2, proposal: 32 } as const;

/** Most validators in a set: votes in a vote set, signatures in a commit, bits in a vote bit array. */
export const MAX_VOTES = 10_000;

/** What a commit's signature is for. */
export const BlockIdFlag = { absent: 1, commit: 2, nil: 3 } as const;

export const PartSetHeader = proto.message("PartSetHeader", {
  total: proto.uint32(1),
  hash: proto.hex<HexHash>(2),
});
export type PartSetHeader = proto.Infer<typeof PartSetHeader>;

export const BlockId = proto.message("BlockID", {
  hash: proto.hex<HexHash>(1),
  partSetHeader: proto.required(2, PartSetHeader),
});
export type BlockId = proto.Infer<typeof BlockId>;

/** A Merkle proof; leaf and aunts are hashes of any length until checked. */
export const Proof = proto.message("Proof", {
  total: proto.int64Number(1),
  index: proto.int64Number(2),
  leafHash: proto.bytes(3),
  aunts: proto.repeatedBytes(4),
});
export type Proof = proto.Infer<typeof Proof>;

export const Part = proto.message("Part", {
  index: proto.uint32(1),
  bytes: proto.bytes(2),
  proof: proto.required(3, Proof),
});
export type Part = proto.Infer<typeof Part>;

/** Versions are opaque 64-bit numbers: bigint. The app version is `major << 32 | minor << 16 | patch`. */
export const ConsensusVersion = proto.message("Consensus", { block: proto.uint64(1), app: proto.uint64(2) });
export type ConsensusVersion = proto.Infer<typeof ConsensusVersion>;

export const Header = proto.message("Header", {
  version: proto.required(1, ConsensusVersion),
  chainId: proto.string(2),
  height: proto.int64Number(3),
  time: proto.timestamp(4),
  lastBlockId: proto.required(5, BlockId),
  lastCommitHash: proto.hex<HexHash>(6),
  dataHash: proto.hex<HexHash>(7),
  validatorsHash: proto.hex<HexHash>(8),
  nextValidatorsHash: proto.hex<HexHash>(9),
  consensusHash: proto.hex<HexHash>(10),
  appHash: proto.hex<HexHash>(11),
  lastResultsHash: proto.hex<HexHash>(12),
  evidenceHash: proto.hex<HexHash>(13),
  proposerAddress: proto.hex<ConsensusAddress>(14),
});
export type Header = proto.Infer<typeof Header>;

export const Vote = proto.message("Vote", {
  type: proto.enumeration(1),
  height: proto.int64Number(2),
  round: proto.int32(3),
  blockId: proto.required(4, BlockId),
  timestamp: proto.timestamp(5),
  validatorAddress: proto.hex<ConsensusAddress>(6),
  validatorIndex: proto.int32(7),
  signature: proto.bytes(8),
});
export type Vote = proto.Infer<typeof Vote>;

/** `polRound` is -1 where there is no proof-of-lock round. */
export const Proposal = proto.message("Proposal", {
  type: proto.enumeration(1),
  height: proto.int64Number(2),
  round: proto.int32(3),
  polRound: proto.int32(4),
  blockId: proto.required(5, BlockId),
  timestamp: proto.timestamp(6),
  signature: proto.bytes(7),
});
export type Proposal = proto.Infer<typeof Proposal>;

export const CommitSig = proto.message("CommitSig", {
  blockIdFlag: proto.enumByte(1),
  validatorAddress: proto.hex<ConsensusAddress>(2),
  timestamp: proto.timestamp(3),
  signature: proto.bytes(4),
});
export type CommitSig = proto.Infer<typeof CommitSig>;

export const Commit = proto.message("Commit", {
  height: proto.int64Number(1),
  round: proto.int32(2),
  blockId: proto.required(3, BlockId),
  signatures: proto.repeated(4, CommitSig, MAX_VOTES),
});
export type Commit = proto.Infer<typeof Commit>;

export const Data = proto.message("Data", { txs: proto.repeatedBytes(1) });

export const BitArrayMessage = proto.message("BitArray", {
  bits: proto.int64Number(1),
  elems: proto.packedUint64(2),
});
export type BitArrayMessage = proto.Infer<typeof BitArrayMessage>;
