import { registerError } from "@wadi/util";

const client = "runtime/client";
export const ErrClientNotFound = registerError(client, 1, "client: not found");
export const ErrClientInternal = registerError(client, 2, "client: internal error");
export const ErrTransactionExpired = registerError(client, 3, "client: transaction expired");
export const ErrNotSynced = registerError(client, 4, "client: not finished initial sync");
export const ErrCheckTxFailed = registerError(client, 5, "client: transaction check failed");
export const ErrNoHostedRuntime = registerError(client, 6, "client: no hosted runtime is available");

/** A transaction that the pool does not take, in the words of the reference. */
export const ErrPool = registerError("txpool", 1, "transaction refused");

const module = "wadi/workers";
export const ErrHistory = registerError(module, 1, "the history of the runtime's blocks cannot be used");
export const ErrStorage = registerError(module, 2, "the runtime's storage cannot be used");
