// What the reference reports about I/O trees as plain errors without a code.
import { registerError } from "@wadi/util";

const LOCAL = "wadi/mkvs";

export const ErrTransactionNotFound = registerError(LOCAL, 48, "transaction: not found");
export const ErrInvalidTransaction = registerError(LOCAL, 49, "transaction");
/** An I/O tree whose keys or order break the rules. */
export const ErrMalformedTransactionTree = registerError(LOCAL, 50, "transaction: malformed transaction tree");
