// Errors of the module `consensus/transaction`. Reference: go/consensus/api/transaction.
import { registerError } from "@wadi/util";

export const ErrInvalidNonce = registerError("consensus/transaction", 1, "transaction: invalid nonce");
export const ErrInsufficientFeeBalance = registerError(
  "consensus/transaction",
  2,
  "transaction: insufficient balance to pay fees",
);
export const ErrGasPriceTooLow = registerError("consensus/transaction", 3, "transaction: gas price too low");
export const ErrUpgradePending = registerError("consensus/transaction", 4, "transaction: upgrade pending");
export const ErrMethodNotSupported = registerError("consensus/transaction", 5, "transaction: method not supported");
