// The entity that a node works for. Reference: go/worker/registration/config/config.go.
import { readFileSync } from "node:fs";
import type { Config } from "@wadi/config";
import { decodeJson, isDecodeError } from "@wadi/codec";
import { entity, type PublicKey } from "@wadi/types";

import { describeFileError, isSystemError } from "../../file-error.ts";
import { fail } from "./failure.ts";

/**
 * The key of the configured entity; undefined for clients, which have none. Throws StartFailure
 * where there must be one and is not, and the other way round.
 */
export function ownerOf(config: Config): PublicKey | undefined {
  const { consensus, mode, registration } = config;
  if (mode !== "client" || consensus.validator) return entityOf(config);
  if (registration.entityId === "" && registration.entity === "") return undefined;
  return fail("client node must not have entity configured, try using observer mode instead");
}

function entityOf({ registration }: Config): PublicKey {
  if (registration.entityId !== "") {
    return Buffer.from(registration.entityId, "base64").toString("hex") as PublicKey;
  }
  if (registration.entity === "") return fail("node has no entity configured but expects one");
  try {
    return decodeJson(entity.Entity, readFileSync(registration.entity)).id;
  } catch (e) {
    const failure = "failed to resolve entity ID: failed to load entity descriptor";
    if (isSystemError(e)) fail(`${failure}: ${describeFileError(e, registration.entity)}`, e);
    if (isDecodeError(e)) fail(`${failure}: ${registration.entity}: ${e.message}`, e);
    throw e;
  }
}
