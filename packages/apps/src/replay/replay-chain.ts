// A whole recorded chain in memory.
import type { SignatureVerifier } from "@wadi/crypto";
import type { genesis } from "@wadi/types";

import { networkStateMachine, networkVerifier, type NetworkOptions } from "../applications.ts";
import { MemoryStateStore } from "../framework/state-store.ts";
import type { ReplayBlock } from "./recorded-block.ts";
import { replayBlocks, type ReplayOptions, type ReplayReport } from "./replay.ts";

export interface ReplayChainOptions extends ReplayOptions, Omit<NetworkOptions, "document" | "store" | "verifier"> {
  /** Default: the network's, without test keys. */
  readonly verifier?: SignatureVerifier;
}

/** Executes a chain from its genesis document on and compares what was recorded of every block. */
export function replayChain(
  document: genesis.Document,
  blocks: Iterable<ReplayBlock>,
  options: ReplayChainOptions,
): ReplayReport {
  const { genesisRoot, stopAt, onBlock, verifier = networkVerifier(document), ...network } = options;
  const machine = networkStateMachine({ ...network, verifier, document, store: new MemoryStateStore() });
  return replayBlocks(machine, blocks, {
    ...(genesisRoot === undefined ? {} : { genesisRoot }),
    ...(stopAt === undefined ? {} : { stopAt }),
    ...(onBlock === undefined ? {} : { onBlock }),
  });
}
