// State keys of the registry. Most hold the hash of an identifier, so that walking them is in
// order of hashes. Reference: go/consensus/cometbft/apps/registry/state/state.go.
import type { Schema } from "@wadi/codec";
import { entity, node, registry, type Namespace, type PublicKey } from "@wadi/types";

import { consensusAddressElement, hashedElement } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, identifierValue, noValue, type ValueFormat } from "../framework/state-value.ts";
import { memoizedValue } from "./memoized-value.ts";

/** More than networks have; every epoch looks at all of them several times. */
const MEMOIZED_NODES = 4096;

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

export const keys = {
  /** Envelopes, so that the blob keeps the bytes that were signed. */
  entities: stateKey(0x10, "signed entities", { entity: hashedElement<PublicKey>() }, strict(entity.SignedEntity)),
  nodes: stateKey(
    0x11,
    "signed nodes",
    { node: hashedElement<PublicKey>() },
    memoizedValue(strict(node.MultiSignedNode), MEMOIZED_NODES),
  ),
  nodesByEntity: stateKey(
    0x12,
    "nodes by entity",
    { entity: hashedElement<PublicKey>(), node: hashedElement<PublicKey>() },
    noValue,
  ),
  runtimes: stateKey(0x13, "runtimes", { runtime: hashedElement<Namespace>() }, strict(registry.Runtime)),
  /** The engine names validators by address only. */
  nodesByConsensusAddress: stateKey(
    0x14,
    "nodes by consensus address",
    { address: consensusAddressElement },
    identifierValue<PublicKey>("node ID"),
  ),
  nodeStatuses: stateKey(0x15, "node statuses", { node: hashedElement<PublicKey>() }, strict(registry.NodeStatus)),
  parameters: stateKey(0x16, "registry parameters", {}, strict(registry.ConsensusParameters)),
  /** By consensus, P2P, VRF and TLS key. */
  nodesByKey: stateKey(
    0x17,
    "nodes by key",
    { key: hashedElement<PublicKey>() },
    identifierValue<PublicKey>("node ID"),
  ),
  suspendedRuntimes: stateKey(
    0x18,
    "suspended runtimes",
    { runtime: hashedElement<Namespace>() },
    strict(registry.Runtime),
  ),
  /** By the entity of the descriptor, whatever the governance model. */
  runtimesByEntity: stateKey(
    0x19,
    "runtimes by entity",
    { entity: hashedElement<PublicKey>(), runtime: hashedElement<Namespace>() },
    noValue,
  ),
} as const;
