// Errors of the module `staking`. Reference: go/staking/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("staking", 1, "staking: invalid argument");
export const ErrInvalidSignature = registerError("staking", 2, "staking: invalid signature");
export const ErrInsufficientBalance = registerError("staking", 3, "staking: insufficient balance");
export const ErrInsufficientStake = registerError("staking", 4, "staking: insufficient stake");
export const ErrForbidden = registerError("staking", 5, "staking: forbidden by policy");
export const ErrInvalidThreshold = registerError("staking", 6, "staking: invalid threshold");
export const ErrTooManyAllowances = registerError("staking", 7, "staking: too many allowances");
export const ErrUnderMinDelegationAmount = registerError(
  "staking",
  8,
  "staking: amount is lower than the minimum delegation amount",
);
export const ErrUnderMinTransferAmount = registerError(
  "staking",
  9,
  "staking: amount is lower than the minimum transfer amount",
);
export const ErrBalanceTooLow = registerError("staking", 10, "staking: balance too low");
export const ErrAllowanceGreaterThanSupply = registerError(
  "staking",
  11,
  "staking: allowance greater than total supply",
);
