// The descriptor that a node registers. Reference: go/worker/registration/worker.go.
import type { Signer } from "@wadi/crypto";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { encodeCbor } from "@wadi/codec";
import { node, registry, signature, type PublicKey } from "@wadi/types";

/** The keys that sign a registration, in this order. */
export interface RegistrationKeys {
  readonly node: Signer;
  readonly p2p: Signer;
  readonly consensus: Signer;
  readonly vrf: Signer;
  readonly tls: Signer;
}

export interface DescriptorFacts {
  readonly entityId: PublicKey;
  /** The epoch of the registration. */
  readonly epoch: bigint;
  readonly roles: number;
  readonly runtimes: readonly node.Runtime[];
  readonly p2pAddresses: readonly node.Address[];
  readonly consensusAddresses: readonly node.ConsensusAddress[];
  readonly softwareVersion: string;
}

/** Epochs for which a registration holds after its own. */
export const REGISTRATION_EPOCHS = 2n;

/** Addresses and runtimes are given only for roles that need them. */
export function nodeDescriptor(keys: RegistrationKeys, facts: DescriptorFacts): node.Node {
  const { consensusAddresses, entityId, epoch, p2pAddresses, roles, runtimes, softwareVersion } = facts;
  const has = (mask: number): boolean => (roles & mask) !== 0;
  return {
    ...node.NodeV3.zero(),
    v: node.LATEST_NODE_VERSION,
    id: keys.node.publicKey,
    entityId,
    expiration: epoch + REGISTRATION_EPOCHS,
    tls: { pubKey: keys.tls.publicKey },
    p2p: { id: keys.p2p.publicKey, addresses: has(registry.P2P_ADDRESS_ROLES) ? p2pAddresses : null },
    consensus: {
      id: keys.consensus.publicKey,
      addresses: has(registry.CONSENSUS_ADDRESS_ROLES) ? consensusAddresses : null,
    },
    vrf: { id: keys.vrf.publicKey },
    runtimes: runtimes.length === 0 ? null : runtimes,
    roles,
    softwareVersion,
  };
}

/** The body of `registry.RegisterNode`. */
export function signDescriptor(keys: RegistrationKeys, descriptor: node.Node): Uint8Array {
  const signers = [keys.node, keys.p2p, keys.consensus, keys.vrf, keys.tls];
  const context = bindContext(signatureContexts.registerNode, {});
  return encodeCbor(node.MultiSignedNode, signature.multiSignValue(node.Node, descriptor, context, signers));
}
