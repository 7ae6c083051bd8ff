// Node descriptors. Reference: go/common/node/node.go.
import { list, nullable, optional, struct, text, transform, versioned } from "@wadi/codec";
import type { Schema, TypeOf } from "@wadi/codec";
import { ZERO_HASH } from "@wadi/crypto";

import { EpochTime } from "../scalars/epoch.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Versioned } from "../scalars/versioned.ts";
import { multiSignedAs } from "../signature/signed.ts";
import { TLSAddress } from "./address.ts";
import { ConsensusInfo, P2PInfo, Runtime, TLSInfo, VRFInfo } from "./info.ts";
import { ROLE_CONSENSUS_RPC_V2, RolesMask } from "./roles.ts";

export const LATEST_NODE_VERSION = 3;

/** Bytes a software version may have. */
export const MAX_SOFTWARE_VERSION_LENGTH = 128;

/** Version 3 as it is on the wire. */
export const NodeV3 = struct("node.Node", {
  ...Versioned.members,
  id: PublicKey,
  entityId: PublicKey,
  /** The last epoch in which the node is valid. */
  expiration: EpochTime,
  tls: TLSInfo,
  p2p: P2PInfo,
  consensus: ConsensusInfo,
  vrf: VRFInfo,
  /** A null entry is representable because validation, not decoding, refuses it. */
  runtimes: nullable(list(nullable(Runtime))),
  roles: RolesMask,
  softwareVersion: optional(text),
});
export type Node = TypeOf<typeof NodeV3>;

export const NodeV2TLSInfo = struct("node.nodeV2TLSInfo", {
  pubKey: PublicKey,
  nextPubKey: optional(PublicKey),
  addresses: nullable(list(TLSAddress)),
});
export type NodeV2TLSInfo = TypeOf<typeof NodeV2TLSInfo>;

/** Version 2: TLS addresses, an optional VRF key and one more role. */
export const NodeV2 = struct("node.nodeV2", {
  ...NodeV3.members,
  tls: NodeV2TLSInfo,
  vrf: optional(nullable(VRFInfo)),
});
export type NodeV2 = TypeOf<typeof NodeV2>;

const noVrf: VRFInfo = Object.freeze({ id: ZERO_HASH as string as PublicKey });

/** What a version 2 descriptor means today; a missing VRF key becomes the zero key. */
function upgradeNodeV2(old: NodeV2): Node {
  return {
    ...old,
    v: LATEST_NODE_VERSION,
    tls: { pubKey: old.tls.pubKey },
    vrf: old.vrf ?? noVrf,
    roles: old.roles & ~ROLE_CONSENSUS_RPC_V2,
  };
}

const upgradedV2 = transform(NodeV2, {
  decode: upgradeNodeV2,
  encode: (node: Node): NodeV2 => ({
    ...node,
    tls: { pubKey: node.tls.pubKey, nextPubKey: noVrf.id, addresses: null },
  }),
});

/**
 * Reads versions 2 and 3 and gives version 3: checks of the version run after the upgrade. The
 * encoding of a received descriptor must not be replaced by encoding this value, because an
 * address keeps the byte form it was signed in only in the blob.
 */
export const Node: Schema<Node> = versioned<Node>("node.Node", {
  versions: { 2: upgradedV2, 3: NodeV3 },
  unknownVersion: (v) => `invalid node descriptor version: ${v}`,
});

/** `MultiSigned` with a node inside. */
export const MultiSignedNode = multiSignedAs("node.MultiSignedNode");
export type MultiSignedNode = TypeOf<typeof MultiSignedNode>;
