// What others ask about a state of roothash. Reference: go/consensus/cometbft/apps/roothash/query.go,
// go/roothash/api/grpc.go.
import type { Namespace, roothash } from "@wadi/types";

import type { State } from "../framework/state.ts";
import { exportGenesis } from "./genesis.ts";
import * as queue from "./incoming-messages.ts";
import * as stored from "./state.ts";

/** Refuses with (`roothash`, 3) for an unknown runtime, as the next two do. */
export function genesisBlock(state: State, runtimeId: Namespace): roothash.Block {
  return stored.runtimeState(state, runtimeId).genesisBlock;
}

export function latestBlock(state: State, runtimeId: Namespace): roothash.Block {
  return stored.runtimeState(state, runtimeId).lastBlock;
}

export function runtimeState(state: State, runtimeId: Namespace): roothash.RuntimeState {
  return stored.runtimeState(state, runtimeId);
}

/** Empty results for a runtime without a normal round. */
export function lastRoundResults(state: State, runtimeId: Namespace): roothash.RoundResults {
  return stored.lastRoundResults(state, runtimeId);
}

/** Undefined for rounds whose roots are not kept. */
export function roundRoots(state: State, runtimeId: Namespace, round: bigint): roothash.RoundRoots | undefined {
  return stored.roundRoots(state, runtimeId, round);
}

/** By round. */
export function pastRoundRoots(state: State, runtimeId: Namespace): Map<bigint, roothash.RoundRoots> {
  return stored.pastRoundRoots(state, runtimeId);
}

export function incomingMessageQueueMeta(state: State, runtimeId: Namespace): roothash.IncomingMessageQueueMeta {
  return queue.incomingQueueMeta(state, runtimeId);
}

/** Waiting messages from number `offset` on; `limit` 0 is no limit. */
export function incomingMessageQueue(
  state: State,
  runtimeId: Namespace,
  offset: bigint,
  limit: number,
): roothash.IncomingMessage[] {
  return queue.incomingMessages(state, runtimeId, offset, limit);
}

export function consensusParameters(state: State): roothash.ConsensusParameters {
  return stored.parameters(state);
}

/** The section of a genesis document that continues from this state. */
export function genesis(state: State): roothash.Genesis {
  return exportGenesis(state).roothash;
}
