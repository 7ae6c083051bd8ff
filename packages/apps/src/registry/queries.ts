// What others ask about the registry at some height. What is not there is refused as in the
// service. Reference: go/consensus/cometbft/apps/registry/query.go.
import type { ConsensusAddress } from "@wadi/comet-types";
import { registry, type entity as entities, type Namespace, type node as nodeTypes, type PublicKey } from "@wadi/types";
import { toHex } from "@wadi/util";

import { beaconTimeSource } from "../beacon/time-source.ts";
import { refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import * as stored from "./state.ts";

export { exportGenesis as genesis } from "./genesis.ts";
export { allEntities as entities, parameters as consensusParameters } from "./state.ts";

/** Refuses with (`registry`, 9). */
export function entity(state: State, id: PublicKey): entities.Entity {
  return stored.entity(state, id) ?? refuse(registry.ErrNoSuchEntity, "not registered", { entity: id });
}

/** Refuses with (`registry`, 10), also for an expired node. */
export function node(state: State, id: PublicKey): nodeTypes.Node {
  const found = stored.node(state, id);
  if (found === undefined) refuse(registry.ErrNoSuchNode, "not registered", { node: id });
  const epoch = beaconTimeSource.epoch(state);
  if (registry.isNodeExpired(found, epoch)) {
    refuse(registry.ErrNoSuchNode, "expired", { node: id, expiration: found.expiration, epoch });
  }
  return found;
}

/** Nodes that have not expired, by ID. */
export function nodes(state: State): nodeTypes.Node[] {
  const epoch = beaconTimeSource.epoch(state);
  return stored.nodes(state).filter((found) => !registry.isNodeExpired(found, epoch));
}

/** Also finds expired nodes; refuses with (`registry`, 10). An address of another length than 20 bytes is unknown. */
export function nodeByConsensusAddress(state: State, address: Uint8Array | null): nodeTypes.Node {
  const text = toHex(address ?? new Uint8Array(0)) as ConsensusAddress;
  return (
    stored.nodeByConsensusAddress(state, text) ??
    refuse(registry.ErrNoSuchNode, "no node with this consensus key", { address: text })
  );
}

/** Also of expired nodes; refuses with (`registry`, 10). */
export function nodeStatus(state: State, id: PublicKey): registry.NodeStatus {
  return stored.nodeStatus(state, id) ?? refuse(registry.ErrNoSuchNode, "not registered", { node: id });
}

/** Refuses with (`registry`, 11). */
export function runtime(state: State, id: Namespace, includeSuspended: boolean): registry.Runtime {
  const found = includeSuspended ? stored.anyRuntime(state, id) : stored.runtime(state, id);
  return found ?? refuse(registry.ErrNoSuchRuntime, "not registered", { runtime: id, includeSuspended });
}

/** By hash of their ID, suspended ones last. */
export function runtimes(state: State, includeSuspended: boolean): registry.Runtime[] {
  return includeSuspended ? stored.allRuntimes(state) : stored.runtimes(state);
}
