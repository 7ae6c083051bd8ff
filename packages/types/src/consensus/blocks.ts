// Blocks, light blocks and what the consensus service returns about them. Reference: go/consensus/api/api.go.
import { bytes, i64Number, list, nullable, optional, raw, struct, time, u64, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { Hash } from "../scalars/hash.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Root } from "../storage/root.ts";
import { Result } from "../transaction/results.ts";
import { Transaction } from "../transaction/transaction.ts";
import { Parameters as ConsensusGenesisParameters } from "./genesis.ts";

/** A light summary of a consensus block. */
export const Block = struct("consensus.Block", {
  height: i64Number,
  hash: Hash,
  time: time,
  stateRoot: Root,
  size: optional(u64),
  /** Back-end specific CBOR. */
  meta: raw,
});
export type Block = TypeOf<typeof Block>;

/** Body of the system transaction `consensus.Meta`. */
export const BlockMetadata = struct("consensus.BlockMetadata", {
  stateRoot: Hash,
  eventsRoot: nullable(bytes),
});
export type BlockMetadata = TypeOf<typeof BlockMetadata>;

/** `meta` wraps CometBFT block results. */
export const BlockResults = struct("consensus.BlockResults", {
  height: i64Number,
  meta: raw,
});
export type BlockResults = TypeOf<typeof BlockResults>;

export const LightBlock = struct("consensus.LightBlock", {
  height: i64Number,
  /** Protobuf light block. */
  meta: nullable(bytes),
});
export type LightBlock = TypeOf<typeof LightBlock>;

export const Validators = struct("consensus.Validators", {
  height: i64Number,
  /** Protobuf validator set. */
  meta: nullable(bytes),
});
export type Validators = TypeOf<typeof Validators>;

/** Parameters at a height (Go: consensus/api.Parameters). */
export const Parameters = struct("consensus.Parameters", {
  height: i64Number,
  parameters: ConsensusGenesisParameters,
  /** Protobuf consensus parameters. */
  meta: nullable(bytes),
});
export type Parameters = TypeOf<typeof Parameters>;

export const Evidence = struct("consensus.Evidence", {
  /** Protobuf evidence. */
  meta: nullable(bytes),
});
export type Evidence = TypeOf<typeof Evidence>;

/** Raw transactions and their results in block order. */
export const TransactionsWithResults = struct("consensus.TransactionsWithResults", {
  transactions: nullable(list(bytes)),
  results: nullable(list(present(Result))),
});
export type TransactionsWithResults = TypeOf<typeof TransactionsWithResults>;

export const TransactionsWithProofs = struct("consensus.TransactionsWithProofs", {
  transactions: nullable(list(bytes)),
  proofs: nullable(list(bytes)),
});
export type TransactionsWithProofs = TypeOf<typeof TransactionsWithProofs>;

/** `signer` only identifies the account. */
export const EstimateGasRequest = struct("consensus.EstimateGasRequest", {
  signer: PublicKey,
  transaction: nullable(Transaction),
});
export type EstimateGasRequest = TypeOf<typeof EstimateGasRequest>;
