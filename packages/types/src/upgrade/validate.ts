// Stateless rules of upgrade descriptors. Reference: go/upgrade/api/api.go (ValidateBasic).
import { utf8 } from "@wadi/util";

import { EPOCH_MAX } from "../scalars/epoch.ts";
import { ValidationError } from "../validation-error.ts";
import { validateProtocolVersions, versionsEqual } from "../version/version.ts";
import type { Descriptor } from "./upgrade.ts";

export const UPGRADE_DESCRIPTOR_VERSION = 1;
const MIN_UPGRADE_HANDLER_LENGTH = 3;
const MAX_UPGRADE_HANDLER_LENGTH = 32;
const MIN_UPGRADE_EPOCH = 1n;
const MAX_UPGRADE_EPOCH = EPOCH_MAX;

/** Throws ValidationError. */
export function validateUpgradeDescriptor(descriptor: Descriptor): void {
  const { v, handler, target, epoch } = descriptor;
  if (v !== UPGRADE_DESCRIPTOR_VERSION) throw new ValidationError(`invalid upgrade descriptor version: ${v}`);
  const length = utf8(handler).length;
  if (length < MIN_UPGRADE_HANDLER_LENGTH || length > MAX_UPGRADE_HANDLER_LENGTH) {
    throw new ValidationError(`invalid upgrade descriptor handler: invalid length: ${length}`);
  }
  validateProtocolVersions(target);
  if (epoch < MIN_UPGRADE_EPOCH || epoch > MAX_UPGRADE_EPOCH) {
    throw new ValidationError(`invalid upgrade descriptor epoch: ${epoch}`);
  }
}

/** Equality of all members. */
export function descriptorsEqual(a: Descriptor, b: Descriptor): boolean {
  return (
    a.v === b.v &&
    a.handler === b.handler &&
    a.epoch === b.epoch &&
    versionsEqual(a.target.consensusProtocol, b.target.consensusProtocol) &&
    versionsEqual(a.target.runtimeHostProtocol, b.target.runtimeHostProtocol) &&
    versionsEqual(a.target.runtimeCommitteeProtocol, b.target.runtimeCommitteeProtocol)
  );
}
