import type { State } from "@wadi/apps";
import { beaconApp, registryApp, roothashApp } from "@wadi/apps";
import type { BatchRequest } from "@wadi/runtime-host";
import type { Namespace, registry, roothash } from "@wadi/types";
import { must } from "@wadi/util";

import type { ConsensusPort } from "./consensus-port.ts";

/** A block of a runtime with everything at its height that its successor depends on. */
export interface RuntimeBlock {
  readonly height: number;
  readonly block: roothash.Block;
  readonly state: roothash.RuntimeState;
  readonly descriptor: registry.Runtime;
  readonly epoch: bigint;
  /** What a batch on top of it is executed with. */
  readonly request: BatchRequest;
}

/** The runtime's last block as of a consensus height. Refuses with (`roothash`, 3) for an unknown runtime. */
export function runtimeBlockAt({ backend }: ConsensusPort, runtimeId: Namespace, height: number): RuntimeBlock {
  const consensusState = backend.machine.stateAt(height);
  const state = roothashApp.roothashQueries.runtimeState(consensusState, runtimeId);
  const block = must(state.lastBlock, "the last block of a runtime");
  const descriptor = state.runtime ?? registryApp.registryQueries.runtime(consensusState, runtimeId, true);
  const epoch = epochOf(consensusState);
  return {
    height,
    block,
    state,
    descriptor,
    epoch,
    request: {
      block,
      consensusBlock: backend.lightBlock(height),
      epoch,
      maxMessages: descriptor.executor.maxMessages,
      roundResults: roothashApp.roothashQueries.lastRoundResults(consensusState, runtimeId),
      incoming: roothashApp.roothashQueries.incomingMessageQueue(consensusState, runtimeId, 0n, 0),
    },
  };
}

function epochOf(state: State): bigint {
  return beaconApp.beaconQueries.epoch(state).epoch;
}
