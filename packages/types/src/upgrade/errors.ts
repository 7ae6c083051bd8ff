// Errors of the module `upgrade`. Reference: go/upgrade/api/api.go.
// Codes 2 to 4 are retired.
import { registerError } from "@wadi/util";

export const ErrStopForUpgrade = registerError("upgrade", 1, "upgrade: reached upgrade epoch");
export const ErrAlreadyPending = registerError(
  "upgrade",
  5,
  "upgrade: submitted upgrade is already pending, can not resubmit descriptor",
);
export const ErrUpgradeInProgress = registerError("upgrade", 6, "upgrade: can not cancel upgrade in progress");
export const ErrUpgradeNotFound = registerError("upgrade", 7, "upgrade: not found");
export const ErrBadDescriptor = registerError("upgrade", 8, "upgrade: bad descriptor");
