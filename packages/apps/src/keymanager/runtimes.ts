// Key manager runtimes and the keys of their enclaves.
// Reference: go/consensus/cometbft/apps/keymanager/common/registry.go, go/keymanager/api/api.go.
import { X25519PrivateKey, testSeed, testSigner } from "@wadi/crypto";
import { node as nodeTypes, registry, type Namespace, type PublicKey, type X25519PublicKey } from "@wadi/types";

import { refuse, refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { node, runtime } from "../registry/state.ts";

type Node = nodeTypes.Node;
type NodeRuntime = nodeTypes.Runtime;
type Runtime = registry.Runtime;

/** The attestation key of every key manager that runs without a TEE. Only networks that allow test keys accept it. */
export const INSECURE_RAK: PublicKey = testSigner("ekiden test key manager RAK seed").publicKey;
/** The encryption key of every key manager that runs without a TEE. */
export const INSECURE_REK: X25519PublicKey = new X25519PrivateKey(testSeed("ekiden test key manager REK seed"))
  .publicKey;

/** The runtime, which must be active (else `registry`, 11) and a key manager (else `unknown`, 1). */
export function keyManagerRuntime(state: State, id: Namespace): Runtime {
  const found = runtime(state, id);
  if (found === undefined) refuse(registry.ErrNoSuchRuntime, "no active runtime", { runtime: id });
  if (found.kind !== registry.runtimeKinds.keyManager) refusePlain("runtime is not a key manager", { runtime: id });
  return found;
}

/** Refuses whoever is not the entity of the runtime's descriptor, whatever the governance model. */
export function requireOwner({ id, entityId }: Runtime, signer: PublicKey): void {
  if (signer !== entityId) refusePlain("not signed by the owner of the key manager", { runtime: id, signer, entityId });
}

/** Refuses with (`registry`, 10). */
export function registeredNode(state: State, id: PublicKey): Node {
  return node(state, id) ?? refuse(registry.ErrNoSuchNode, "not registered", { node: id });
}

/** The node's first entry for the runtime: key managers run one version. */
function entryFor({ runtimes }: Node, runtimeId: Namespace): NodeRuntime | undefined {
  return runtimes?.find((entry) => entry?.id === runtimeId) ?? undefined;
}

/** The key that the enclave of a node signs with. Registration has made sure of its hardware. */
export function attestationKey(entry: NodeRuntime, keyManager: Runtime): PublicKey {
  const { tee } = entry.capabilities;
  switch (keyManager.teeHardware) {
    case nodeTypes.teeHardware.none:
      return INSECURE_RAK;
    case nodeTypes.teeHardware.intelSGX:
      return tee?.rak ?? refusePlain("node has no TEE capability", { runtime: keyManager.id });
    default:
      return refusePlain("TEE hardware mismatch", { runtime: keyManager.id, hardware: keyManager.teeHardware });
  }
}

/** As `attestationKey`, of a node that must be registered for the runtime. */
export function attestationKeyOf(found: Node, keyManager: Runtime): PublicKey {
  const entry = entryFor(found, keyManager.id);
  if (entry === undefined) refusePlain("node is not registered for the key manager", { node: found.id });
  return attestationKey(entry, keyManager);
}

/** The keys that secrets for these nodes are encrypted to; nodes that have none are passed over. */
export function encryptionKeys(nodes: readonly Node[], keyManager: Runtime): Set<X25519PublicKey> {
  const found = new Set<X25519PublicKey>();
  for (const one of nodes) {
    const entry = entryFor(one, keyManager.id);
    if (entry === undefined) continue;
    const key = encryptionKey(entry, keyManager);
    if (key !== undefined) found.add(key);
  }
  return found;
}

function encryptionKey(entry: NodeRuntime, { teeHardware }: Runtime): X25519PublicKey | undefined {
  if (teeHardware === nodeTypes.teeHardware.none) return INSECURE_REK;
  return teeHardware === nodeTypes.teeHardware.intelSGX ? (entry.capabilities.tee?.rek ?? undefined) : undefined;
}
