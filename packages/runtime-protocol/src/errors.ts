// Failures of connections. Only "not ready" travels: the others are what a side finds out itself.
import { serviceErrors } from "@wadi/types";
import { registerError } from "@wadi/util";

/** A request that came before the connection was initialized (go/runtime/host/protocol/connection.go). */
export const ErrNotReady = serviceErrors.ErrRhpNotReady;

const MODULE = "runtime/protocol";

/** The connection ended before the answer came. */
export const ErrConnectionClosed = registerError(MODULE, 1, "connection closed");
/** No answer in time. */
export const ErrCallTimeout = registerError(MODULE, 2, "call timed out");
/** An answer of another kind than the request asks for. */
export const ErrUnexpectedResponse = registerError(MODULE, 3, "unexpected response");
/** A message above the limit of either direction. */
export const ErrMessageTooLarge = registerError(MODULE, 4, "codec: message too large");
/** A message of more CBOR items than are worth their memory. */
export const ErrTooManyItems = registerError(MODULE, 5, "message has too many items");
/** The other side answers what nobody asked, or sends what is no message, over and over. */
export const ErrTooManyStrays = registerError(MODULE, 6, "too many messages that nobody asked for");
/** The other side does not read. */
export const ErrWriteTimeout = registerError(MODULE, 7, "write timed out");
/** The stream ended within a message. */
export const ErrTruncated = registerError(MODULE, 8, "stream ended in the middle of a message");
/** A value that Rust runtimes cannot read in a local configuration. */
export const ErrInvalidLocalConfig = registerError(MODULE, 9, "invalid local configuration");
