// Parts of a node descriptor. Reference: go/common/node/node.go.
import { bytes, list, nullable, struct, type TypeOf } from "@wadi/codec";

import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";
import { Version } from "../version/version.ts";
import { Address, ConsensusAddress } from "./address.ts";
import { Capabilities } from "./tee.ts";

export const TLSInfo = struct("node.TLSInfo", {
  pubKey: PublicKey,
});
export type TLSInfo = TypeOf<typeof TLSInfo>;

export const P2PInfo = struct("node.P2PInfo", {
  id: PublicKey,
  addresses: nullable(list(Address)),
});
export type P2PInfo = TypeOf<typeof P2PInfo>;

export const ConsensusInfo = struct("node.ConsensusInfo", {
  id: PublicKey,
  addresses: nullable(list(ConsensusAddress)),
});
export type ConsensusInfo = TypeOf<typeof ConsensusInfo>;

export const VRFInfo = struct("node.VRFInfo", {
  /** The zero key where an upgraded version 2 descriptor had none. */
  id: PublicKey,
});
export type VRFInfo = TypeOf<typeof VRFInfo>;

export const Runtime = struct("node.Runtime", {
  id: Namespace,
  version: Version,
  capabilities: Capabilities,
  extraInfo: nullable(bytes),
});
export type Runtime = TypeOf<typeof Runtime>;
