// Errors of the module `governance`. Reference: go/governance/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("governance", 1, "governance: invalid argument");
export const ErrUpgradeTooSoon = registerError("governance", 2, "governance: upgrade too soon");
export const ErrUpgradeAlreadyPending = registerError("governance", 3, "governance: upgrade already pending");
export const ErrNoSuchUpgrade = registerError("governance", 4, "governance: no such upgrade");
export const ErrNoSuchProposal = registerError("governance", 5, "governance: no such proposal");
export const ErrNotEligible = registerError("governance", 6, "governance: not eligible");
export const ErrVotingIsClosed = registerError("governance", 7, "governance: voting is closed");
