// Entity descriptors. Reference: go/common/entity/entity.go.
import { bool, list, optional, refine, struct, transform, versioned, type Schema, type TypeOf } from "@wadi/codec";

import { PublicKey } from "../scalars/keys.ts";
import { Versioned } from "../scalars/versioned.ts";
import { signedAs } from "../signature/signed.ts";

export const LATEST_ENTITY_VERSION = 2;

const members = { ...Versioned.members, id: PublicKey, nodes: optional(list(PublicKey)) };

/** Version 2 as it is on the wire. */
export const EntityV2 = struct("entity.Entity", members);

/** Who operates nodes and runtimes; `nodes` are the identity keys it vouches for. */
export type Entity = TypeOf<typeof EntityV2>;

/** Version 1 had one member more; a set flag does not decode. */
const EntityV1 = refine(struct("entity.Entity", { ...members, allowEntitySignedNodes: optional(bool) }), (entity) =>
  entity.allowEntitySignedNodes ? "entity descriptor must have allow_entity_signed_nodes set to false" : undefined,
);

const upgradedV1 = transform(EntityV1, {
  decode: ({ id, nodes }): Entity => ({ v: LATEST_ENTITY_VERSION, id, nodes }),
  encode: (entity: Entity) => ({ ...entity, allowEntitySignedNodes: false }),
});

/**
 * Reads versions 1 and 2 and gives version 2: the version check of registration runs after the
 * upgrade and never sees version 1. Signed blobs keep their bytes.
 */
export const Entity: Schema<Entity> = versioned<Entity>("entity.Entity", {
  versions: { 1: upgradedV1, 2: EntityV2 },
  unknownVersion: (v) => `invalid entity descriptor version: ${v}`,
});

/** `Signed` with an entity inside. */
export const SignedEntity = signedAs("entity.SignedEntity");
export type SignedEntity = TypeOf<typeof SignedEntity>;
