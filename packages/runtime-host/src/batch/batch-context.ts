import type { consensus, roothash } from "@wadi/types";

/** Where in the history of a runtime and of consensus its code runs. */
export interface BatchContext {
  /** The runtime's latest block, on which the work builds. */
  readonly block: roothash.Block;
  /** The consensus block that holds it. */
  readonly consensusBlock: consensus.LightBlock;
  readonly epoch: bigint;
  /** How many messages a batch may emit, by the runtime's descriptor. */
  readonly maxMessages: number;
}
