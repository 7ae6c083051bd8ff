// How fast the engine of a network goes. What the document says counts from the first to the last
// block, whatever the state says later. Reference: go/consensus/cometbft/full/full.go.
import { oasisTimeouts, type EngineConfig } from "@wadi/comet-core";
import type { DurationNs } from "@wadi/comet-types";
import type { genesis } from "@wadi/types";

const NANOS_PER_MS = 1e6;
const milliseconds = (duration: DurationNs): number => Number(duration) / NANOS_PER_MS;

export function engineConfig({ consensus }: genesis.Document): EngineConfig {
  const { emptyBlockInterval, skipTimeoutCommit, timeoutCommit } = consensus.params;
  return {
    timeouts: oasisTimeouts(milliseconds(timeoutCommit)),
    skipTimeoutCommit,
    createEmptyBlocks: true,
    emptyBlocksIntervalMs: milliseconds(emptyBlockInterval),
  };
}
