// Errors of the module `roothash`. Reference: go/roothash/api/api.go.
import { registerError } from "@wadi/util";

export const ErrInvalidArgument = registerError("roothash", 1, "roothash: invalid argument");
export const ErrNotFound = registerError("roothash", 2, "roothash: block not found");
export const ErrInvalidRuntime = registerError("roothash", 3, "roothash: invalid runtime");
export const ErrNoExecutorPool = registerError("roothash", 4, "roothash: no executor pool");
export const ErrRuntimeSuspended = registerError("roothash", 5, "roothash: runtime is suspended");
export const ErrNoCommittee = registerError("roothash", 6, "roothash: no committee");
export const ErrMaxMessagesTooBig = registerError("roothash", 7, "roothash: max runtime messages is too big");
export const ErrRuntimeDoesNotSlash = registerError("roothash", 8, "roothash: runtime does not slash");
export const ErrDuplicateEvidence = registerError("roothash", 9, "roothash: duplicate evidence");
export const ErrInvalidEvidence = registerError("roothash", 10, "roothash: invalid evidence");
export const ErrIncomingMessageQueueFull = registerError("roothash", 11, "roothash: incoming message queue full");
export const ErrIncomingMessageInsufficientFee = registerError("roothash", 12, "roothash: insufficient fee");
export const ErrMaxInMessagesTooBig = registerError(
  "roothash",
  13,
  "roothash: max incoming runtime messages is too big",
);
