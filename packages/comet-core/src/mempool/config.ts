// Limits of the mempool: the operator's (config/config.go, MempoolConfig of the fork) and those that
// the state of the chain sets for the next block.
import type { BlockParams } from "@wadi/comet-types";

export interface MempoolConfig {
  /** Most transactions in the pool. */
  readonly maxTxs: number;
  /** Most bytes of all transactions in the pool together. */
  readonly maxTotalBytes: number;
  /** Longest transaction. */
  readonly maxTxBytes: number;
  /** Hashes of transactions that were seen, to be refused without another check; 0 for none. */
  readonly cacheSize: number;
}

/** The limits of an Oasis node. There is no limit of age, and refused transactions leave the cache. */
export const DEFAULT_MEMPOOL_CONFIG: MempoolConfig = {
  maxTxs: 5000,
  maxTotalBytes: 1 << 30,
  maxTxBytes: 1 << 20,
  cacheSize: 10_000,
};

/** What a transaction must fit into to be worth keeping (state/tx_filter.go of the fork). */
export interface TxLimits {
  /** Bytes that a block's transactions may take in protobuf when it carries no evidence. */
  readonly maxDataBytes: number;
  /** Gas of a block; -1 for no limit. */
  readonly maxGas: BlockParams["maxGas"];
}
