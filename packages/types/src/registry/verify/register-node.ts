// Verification of a node registration, in the order of the reference: the first rule that fails
// decides the code.
// Reference: oasis-core go/registry/api/api.go `VerifyRegisterNodeArgs`.
import { isOnlySignedBy, isSignedBy, type SignatureVerifier } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

import type { Entity } from "../../entity/entity.ts";
import type { Runtime as NodeRuntime } from "../../node/info.ts";
import type { MultiSignedNode, Node } from "../../node/node.ts";
import { hasAnyRole, roles } from "../../node/roles.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import { formatVersion } from "../../version/version.ts";
import { ErrNoSuchRuntime } from "../errors.ts";
import { runtimeKinds } from "../kinds.ts";
import type { ConsensusParameters } from "../parameters.ts";
import type { Runtime } from "../runtime.ts";
import { verifyAddress } from "./addresses.ts";
import type { VerifyMode } from "./mode.ts";
import { nodeBasicProblem } from "./node-basic.ts";
import { openMultiSignedNode } from "./open.ts";
import type { RuntimeLookup, SubKeyLookup } from "./ports.ts";
import { invalidArgument } from "./refusal.ts";
import {
  COMPUTE_RUNTIME_ROLES,
  CONSENSUS_ADDRESS_ROLES,
  KEY_MANAGER_RUNTIME_ROLES,
  P2P_ADDRESS_ROLES,
  runtimesRequiredRoles,
} from "./roles.ts";
import { type AttestationContext, verifyNodeRuntimeEnclaves } from "./tee.ts";

interface CommonNodeVerification {
  readonly params: ConsensusParameters;
  /** Consensus feature version 26.1 or later is in force. */
  readonly isFeatureVersion261: boolean;
  readonly epoch: bigint;
  readonly verifier: SignatureVerifier;
  readonly runtimes: RuntimeLookup;
  readonly nodes: SubKeyLookup;
}

/** Everything a node registration is judged by; only live ones have their attestations verified. */
export type NodeVerification = CommonNodeVerification &
  (
    | { readonly mode: "transaction"; readonly attestations: AttestationContext }
    | { readonly mode: Exclude<VerifyMode, "transaction"> }
  );

/** An accepted descriptor and the distinct runtimes it registers for. */
export interface VerifiedNode {
  readonly node: Node;
  readonly runtimes: readonly Runtime[];
}

/**
 * Opens and checks a signed node descriptor against the entity that it names. Throws the registry
 * errors of the reference; an expired descriptor passes, because expired ones stay in the state.
 */
export function verifyRegisterNodeArgs(
  signed: MultiSignedNode | null,
  entity: Entity,
  verification: NodeVerification,
): VerifiedNode {
  if (signed === null) throw invalidArgument("no node given");
  return verifyOpenedNode(signed, openMultiSignedNode(signed, verification.verifier), entity, verification);
}

/** As `verifyRegisterNodeArgs`, for a blob that the caller has opened to `node`. */
export function verifyOpenedNode(
  signed: MultiSignedNode,
  node: Node,
  entity: Entity,
  verification: NodeVerification,
): VerifiedNode {
  const { params, mode, verifier } = verification;
  const signatures = signed.signatures ?? [];

  const problem = nodeBasicProblem(node);
  if (problem !== undefined) throw invalidArgument(problem);
  if (entity.id !== node.entityId) throw invalidArgument("node names another entity");
  if (!isSignedBy(signatures, node.id)) throw invalidArgument("registration not signed by node identity");
  if (mode !== "state" && !entity.nodes.includes(node.id)) {
    throw invalidArgument("node public key not found in entity's node list");
  }
  verifyExpiration(node, params, verification.epoch);
  const runtimes = verifyRuntimes(node, verification);

  const verifySubKey = (key: PublicKey, name: string): void => {
    if (verifier.blacklist.has(key)) throw invalidArgument(`invalid ${name}`);
    if (!isSignedBy(signatures, key)) throw invalidArgument(`registration not signed by ${name}`);
  };
  verifySubKey(node.consensus.id, "consensus ID");
  verifyConsensusAddresses(node, params, verifier);
  verifySubKey(node.vrf.id, "VRF ID");
  verifySubKey(node.tls.pubKey, "TLS public key");
  verifySubKey(node.p2p.id, "P2P ID");
  verifyP2pAddresses(node, params, mode);

  verifySubKeysUnique(node, verification.nodes);
  if (!isOnlySignedBy(signatures, [node.id, node.consensus.id, node.vrf.id, node.tls.pubKey, node.p2p.id])) {
    throw invalidArgument("unexpected number of signatures");
  }
  return { node, runtimes };
}

function verifyExpiration(node: Node, params: ConsensusParameters, epoch: bigint): void {
  if (params.maxNodeExpiration === 0n) return;
  // The sum wraps in the reference.
  const last = BigInt.asUintN(64, epoch + params.maxNodeExpiration);
  if (node.expiration > last) throw invalidArgument("expiration period greater than allowed");
}

function verifyRuntimes(node: Node, verification: NodeVerification): Runtime[] {
  const entries = node.runtimes ?? [];
  if (entries.length === 0 && hasAnyRole(node.roles, runtimesRequiredRoles(verification.isFeatureVersion261))) {
    throw invalidArgument("missing runtimes");
  }
  const seenVersions = new Set<string>();
  const found = new Map<string, Runtime>();
  for (const entry of entries) {
    if (entry === null) throw invalidArgument("empty runtime entry");
    const key = `${entry.id}/${formatVersion(entry.version)}`;
    if (seenVersions.has(key)) throw invalidArgument("duplicate version for runtime");
    seenVersions.add(key);
    const runtime = verification.runtimes.anyRuntime(entry.id);
    if (runtime === undefined) throw new WadiError(ErrNoSuchRuntime, { context: entry.id });
    verifyRuntimeEntry(node, entry, runtime, verification);
    found.set(entry.id, runtime);
  }
  return [...found.values()];
}

function verifyRuntimeEntry(node: Node, entry: NodeRuntime, runtime: Runtime, verification: NodeVerification): void {
  if (verification.mode === "transaction") {
    const { params, isFeatureVersion261, attestations } = verification;
    verifyNodeRuntimeEnclaves(node.id, entry, runtime, params.teeFeatures, isFeatureVersion261, attestations);
  }
  if (runtime.kind === runtimeKinds.keyManager && !hasAnyRole(node.roles, KEY_MANAGER_RUNTIME_ROLES)) {
    throw invalidArgument("key manager runtime not allowed");
  }
  if (runtime.kind === runtimeKinds.compute && !hasAnyRole(node.roles, COMPUTE_RUNTIME_ROLES)) {
    throw invalidArgument("compute runtime not allowed");
  }
}

function verifyConsensusAddresses(node: Node, params: ConsensusParameters, verifier: SignatureVerifier): void {
  const addresses = node.consensus.addresses ?? [];
  if (addresses.length === 0 && hasAnyRole(node.roles, CONSENSUS_ADDRESS_ROLES)) {
    throw invalidArgument("missing consensus address");
  }
  for (const { id, address } of addresses) {
    if (verifier.blacklist.has(id)) throw invalidArgument("consensus address ID invalid");
    verifyAddress(address.ip, params.debugAllowUnroutableAddresses);
  }
}

function verifyP2pAddresses(node: Node, params: ConsensusParameters, mode: VerifyMode): void {
  const addresses = node.p2p.addresses ?? [];
  // Descriptors from before P2P addresses of validators were mandatory may still be in the state.
  const isExempt = mode !== "transaction" && hasAnyRole(node.roles, roles.validator);
  if (addresses.length === 0 && !isExempt && hasAnyRole(node.roles, P2P_ADDRESS_ROLES)) {
    throw invalidArgument("missing node address");
  }
  for (const address of addresses) verifyAddress(address.ip, params.debugAllowUnroutableAddresses);
}

function verifySubKeysUnique(node: Node, nodes: SubKeyLookup): void {
  const subKeys = [
    ["consensus ID", node.consensus.id],
    ["P2P ID", node.p2p.id],
    ["TLS public key", node.tls.pubKey],
    ["VRF ID", node.vrf.id],
  ] as const;
  for (const [name, key] of subKeys) {
    // A key of the same node is no conflict: the descriptor is being renewed.
    const other = nodes.nodeBySubKey(key);
    if (other !== undefined && other.id !== node.id) throw invalidArgument(`duplicate node ${name}`);
  }
  if (new Set(subKeys.map(([, key]) => key)).size !== subKeys.length) {
    throw invalidArgument("node consensus, P2P, VRF and TLS keys not unique");
  }
}
