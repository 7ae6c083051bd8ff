// Reading and writing the state of the registry, without rules.
// Reference: go/consensus/cometbft/apps/registry/state/state.go.
import { addressOfKey, type ConsensusAddress } from "@wadi/comet-types";
import {
  entity as entities,
  events,
  node as nodeTypes,
  registry,
  signature,
  type Namespace,
  type PublicKey,
} from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refuse } from "../framework/errors.ts";
import { preHashed } from "../framework/key-element.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

type Entity = entities.Entity;
type SignedEntity = entities.SignedEntity;
type Node = nodeTypes.Node;
type MultiSignedNode = nodeTypes.MultiSignedNode;
type Runtime = registry.Runtime;

export function parameters(state: State): registry.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: registry.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`registry parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

// Entities

export function entity(state: State, id: PublicKey): Entity | undefined {
  const signed = state.get(keys.entities.at({ entity: id }));
  return signed === undefined ? undefined : openEntity(signed);
}

/** All entities, by hash of their ID. */
export function allEntities(state: State): Entity[] {
  return signedEntities(state).map(openEntity);
}

/** As `allEntities`, in their envelopes. */
export function signedEntities(state: State): SignedEntity[] {
  return state.list(keys.entities.all()).map(({ value }) => value);
}

export function setEntity(state: State, id: PublicKey, signed: SignedEntity): void {
  state.set(keys.entities.at({ entity: id }), signed);
}

export function removeEntity(state: State, id: PublicKey): void {
  state.remove(keys.entities.at({ entity: id }));
}

/** Expired nodes count until they are removed. */
export function hasEntityNodes(state: State, id: PublicKey): boolean {
  return !state.keys(keys.nodesByEntity.under({ entity: id })).next().done;
}

/** Suspended runtimes count. */
export function hasEntityRuntimes(state: State, id: PublicKey): boolean {
  return !state.keys(keys.runtimesByEntity.under({ entity: id })).next().done;
}

function openEntity(signed: SignedEntity): Entity {
  return readBlob(() => signature.decodeBlob(entities.Entity, signed), "entity");
}

// Nodes

/** The node, also an expired one. */
export function node(state: State, id: PublicKey): Node | undefined {
  const signed = state.get(keys.nodes.at({ node: id }));
  return signed === undefined ? undefined : openNode(signed);
}

/** All nodes by ID, also expired ones. */
export function nodes(state: State): Node[] {
  return registry.sortNodes(signedNodes(state).map(openNode));
}

/** All nodes in their envelopes, by hash of their ID. */
export function signedNodes(state: State): MultiSignedNode[] {
  return state.list(keys.nodes.all()).map(({ value }) => value);
}

/** All nodes of an entity by ID, also expired ones. */
export function nodesOfEntity(state: State, id: PublicKey): Node[] {
  const found = Array.from(state.keys(keys.nodesByEntity.under({ entity: id })), (place) =>
    openNode(state.must(keys.nodes.at({ node: preHashed(place.node) }))),
  );
  return registry.sortNodes(found);
}

export function nodeIdByConsensusAddress(state: State, address: ConsensusAddress): PublicKey | undefined {
  return state.get(keys.nodesByConsensusAddress.at({ address }));
}

/** The node whose consensus key has this address. */
export function nodeByConsensusAddress(state: State, address: ConsensusAddress): Node | undefined {
  const id = nodeIdByConsensusAddress(state, address);
  return id === undefined ? undefined : node(state, id);
}

/** The node with this consensus key. */
export function nodeByConsensusKey(state: State, key: PublicKey): Node | undefined {
  return nodeByConsensusAddress(state, addressOfKey(key));
}

/** The node with this consensus, P2P, VRF or TLS key. */
export function nodeBySubKey(state: State, key: PublicKey): Node | undefined {
  const id = state.get(keys.nodesByKey.at({ key }));
  return id === undefined ? undefined : node(state, id);
}

const openedNodes = new WeakMap<MultiSignedNode, Node>();

/** The value inside of an envelope of the state. */
export function openNode(signed: MultiSignedNode): Node {
  const known = openedNodes.get(signed);
  if (known !== undefined) return known;
  const opened = readBlob(() => signature.decodeBlob(nodeTypes.Node, signed), "node");
  openedNodes.set(signed, opened);
  return opened;
}

/**
 * Stores a descriptor and its indexes; `previous` is the one it replaces. The order of writes is
 * state: a key that moves to another slot is lost from the index where its old slot is written later.
 */
export function setNode(state: State, previous: Node | undefined, next: Node, signed: MultiSignedNode): void {
  const { id } = next;
  state.set(keys.nodes.at({ node: id }), signed);
  state.set(keys.nodesByEntity.at({ entity: next.entityId, node: id }), true);

  if (previous !== undefined && previous.consensus.id !== next.consensus.id) {
    state.remove(keys.nodesByConsensusAddress.at({ address: addressOfKey(previous.consensus.id) }));
  }
  state.set(keys.nodesByConsensusAddress.at({ address: addressOfKey(next.consensus.id) }), id);
  const previousKeys = previous === undefined ? [] : subKeys(previous);
  for (const [slot, key] of subKeys(next).entries()) {
    const replaced = previousKeys[slot];
    if (replaced !== undefined && replaced !== key) state.remove(keys.nodesByKey.at({ key: replaced }));
    state.set(keys.nodesByKey.at({ key }), id);
  }
}

/** Removes a descriptor with its status and indexes. */
export function removeNode(state: State, removed: Node): void {
  const { id } = removed;
  state.remove(keys.nodes.at({ node: id }));
  state.remove(keys.nodesByEntity.at({ entity: removed.entityId, node: id }));
  state.remove(keys.nodeStatuses.at({ node: id }));
  state.remove(keys.nodesByConsensusAddress.at({ address: addressOfKey(removed.consensus.id) }));
  for (const key of subKeys(removed)) state.remove(keys.nodesByKey.at({ key }));
}

/** The keys by which a node is indexed, in order of writing. */
function subKeys({ consensus, p2p, vrf, tls }: Node): readonly PublicKey[] {
  return [consensus.id, p2p.id, vrf.id, tls.pubKey];
}

export function nodeStatus(state: State, id: PublicKey): registry.NodeStatus | undefined {
  return state.get(keys.nodeStatuses.at({ node: id }));
}

export function setNodeStatus(state: State, id: PublicKey, status: registry.NodeStatus): void {
  state.set(keys.nodeStatuses.at({ node: id }), status);
}

// Runtimes: each is either active or suspended

/** The runtime if it is active. */
export function runtime(state: State, id: Namespace): Runtime | undefined {
  return state.get(keys.runtimes.at({ runtime: id }));
}

/** The runtime if it is suspended. */
export function suspendedRuntime(state: State, id: Namespace): Runtime | undefined {
  return state.get(keys.suspendedRuntimes.at({ runtime: id }));
}

/** The runtime, active or suspended. */
export function anyRuntime(state: State, id: Namespace): Runtime | undefined {
  return runtime(state, id) ?? suspendedRuntime(state, id);
}

/** Active runtimes by hash of their ID. */
export function runtimes(state: State): Runtime[] {
  return state.list(keys.runtimes.all()).map(({ value }) => value);
}

/** Suspended runtimes by hash of their ID. */
export function suspendedRuntimes(state: State): Runtime[] {
  return state.list(keys.suspendedRuntimes.all()).map(({ value }) => value);
}

/** All runtimes: first the active ones, then the suspended ones. */
export function allRuntimes(state: State): Runtime[] {
  return [...runtimes(state), ...suspendedRuntimes(state)];
}

export function setRuntime(state: State, descriptor: Runtime, isSuspended: boolean): void {
  const key = isSuspended ? keys.suspendedRuntimes : keys.runtimes;
  state.set(key.at({ runtime: descriptor.id }), descriptor);
}

/** Moves an active runtime to the suspended ones and says so; refuses with (`registry`, 11). */
export function suspendRuntime(ctx: Context, id: Namespace): void {
  if (!move(ctx.state, keys.runtimes.at({ runtime: id }), keys.suspendedRuntimes.at({ runtime: id }))) {
    refuse(registry.ErrNoSuchRuntime, "no active runtime to suspend", { runtime: id });
  }
  if (!ctx.isCheck) ctx.emit(events.eventKinds.registryRuntimeSuspended, { runtimeId: id });
}

/** Moves a suspended runtime to the active ones; false if there is none. */
export function resumeRuntime(state: State, id: Namespace): boolean {
  return move(state, keys.suspendedRuntimes.at({ runtime: id }), keys.runtimes.at({ runtime: id }));
}

type Place = ReturnType<typeof keys.runtimes.at>;

/** The bytes move as they are. */
function move({ tree }: State, from: Place, to: Place): boolean {
  const found = tree.removeExistingPacked(from.packed);
  if (found === undefined) return false;
  tree.insertPacked(to.packed, found);
  return true;
}

export function setRuntimeOwner(state: State, id: Namespace, owner: PublicKey): void {
  state.set(keys.runtimesByEntity.at({ entity: owner, runtime: id }), true);
}

export function removeRuntimeOwner(state: State, id: Namespace, owner: PublicKey): void {
  state.remove(keys.runtimesByEntity.at({ entity: owner, runtime: id }));
}

/** The rules never store a blob that does not open. */
function readBlob<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (cause) {
    throw new CorruptedStateError(`blob of a signed ${what}`, cause);
  }
}
