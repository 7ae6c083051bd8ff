// The registration of a node with its keys, its owner and its addresses.
import { MemorySigner, type NodeIdentity, type Signer } from "@wadi/crypto";
import type { KvStore } from "@wadi/kv";
import { node } from "@wadi/types";
import { RegistrationWorker, type ConsensusPort } from "@wadi/workers";

import type { NodeOptions } from "../node-options.ts";
import { SOFTWARE_VERSION } from "../software-version.ts";
import { registrationFlag } from "./registration-flag.ts";

/**
 * Nothing is registered before `blockCommitted` is called and every part that has a role is ready.
 * `values` are the node's small values; they stay open for longer than the worker.
 */
export function openRegistration(
  options: NodeOptions,
  consensus: ConsensusPort,
  identity: NodeIdentity,
  values: KvStore,
): RegistrationWorker {
  const { addresses, entityId, logging, mode, onLeaving, renewsUnready = false, validator = false } = options;
  const registration = new RegistrationWorker({
    consensus,
    keys: { ...identity, tls: tlsSigner(identity) },
    ...(entityId === undefined ? {} : { entityId }),
    addresses,
    softwareVersion: SOFTWARE_VERSION,
    log: logging.logger("worker/registration"),
    random: Math.random,
    renewsUnready,
    ...(onLeaving && { onLeaving }),
    flag: registrationFlag(values),
  });
  if (mode === "validator" || validator) registration.provide(node.roles.validator).isAvailable = true;
  return registration;
}

/** The key of the node's certificate as a signer of registrations. */
function tlsSigner({ tls }: NodeIdentity): Signer {
  return new MemorySigner(tls.key.exportSeed());
}
