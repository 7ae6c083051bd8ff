// Transaction bodies of the registry. Reference: go/registry/api/api.go.
import { struct, type TypeOf } from "@wadi/codec";

import { PublicKey } from "../scalars/keys.ts";

/** Empty body; clients leave it out altogether. */
export const DeregisterEntity = struct("registry.DeregisterEntity", {});
export type DeregisterEntity = TypeOf<typeof DeregisterEntity>;

export const UnfreezeNode = struct("registry.UnfreezeNode", {
  nodeId: PublicKey,
});
export type UnfreezeNode = TypeOf<typeof UnfreezeNode>;
