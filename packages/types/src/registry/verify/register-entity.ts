// Verification of an entity registration.
// Reference: oasis-core go/registry/api/api.go `VerifyRegisterEntityArgs`.
import type { SignatureVerifier } from "@wadi/crypto";

import { type Entity, LATEST_ENTITY_VERSION, type SignedEntity } from "../../entity/entity.ts";
import type { VerifyMode } from "./mode.ts";
import { openSignedEntity } from "./open.ts";
import { invalidArgument } from "./refusal.ts";

const MIN_ENTITY_VERSION = 1;

/** Live registrations need the latest version, which every decoded descriptor has by now. */
function verifyVersion(v: number, mode: VerifyMode): void {
  const min = mode === "transaction" ? LATEST_ENTITY_VERSION : MIN_ENTITY_VERSION;
  if (v < min || v > LATEST_ENTITY_VERSION) {
    throw invalidArgument(`invalid entity descriptor version: ${v}`);
  }
}

/** Opens and checks a signed entity descriptor; throws registry errors 1 and 2. */
export function verifyRegisterEntityArgs(
  signed: SignedEntity | null,
  mode: VerifyMode,
  verifier: SignatureVerifier,
): Entity {
  if (signed === null) throw invalidArgument("no entity given");
  const entity = openSignedEntity(signed, verifier);
  if (signed.signature.publicKey !== entity.id) throw invalidArgument("not signed by the entity itself");
  verifyVersion(entity.v, mode);

  const seen = new Set<string>();
  for (const id of entity.nodes) {
    if (verifier.blacklist.has(id)) throw invalidArgument("malformed node id");
    if (seen.has(id)) throw invalidArgument("duplicate nodes");
    seen.add(id);
  }
  return entity;
}
