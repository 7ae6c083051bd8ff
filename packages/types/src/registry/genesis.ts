// Genesis state of the registry. Reference: go/registry/api/api.go.
import { list, map, optional, struct, type TypeOf } from "@wadi/codec";

import { SignedEntity } from "../entity/entity.ts";
import { MultiSignedNode } from "../node/node.ts";
import { present } from "../present.ts";
import { PublicKey } from "../scalars/keys.ts";
import { NodeStatus } from "./node-status.ts";
import { ConsensusParameters } from "./parameters.ts";
import { Runtime } from "./runtime.ts";

/** Entities and nodes stay signed blobs, so that old descriptor versions survive. */
export const Genesis = struct("registry.Genesis", {
  params: ConsensusParameters,
  entities: optional(list(present(SignedEntity))),
  runtimes: optional(list(present(Runtime))),
  suspendedRuntimes: optional(list(present(Runtime))),
  nodes: optional(list(present(MultiSignedNode))),
  nodeStatuses: optional(map(PublicKey, present(NodeStatus))),
});
export type Genesis = TypeOf<typeof Genesis>;
