// What is inside calls of enclaves where it is not encrypted (go/runtime/enclaverpc/api/api.go), and
// what ROFL components answer to their host's query (go/runtime/rofl/api).
import { bool, bytes, list, named, nullable, optional, raw, struct, text, type TypeOf } from "@wadi/codec";

/** A method with its arguments: the request of a local or insecure call. */
export const EnclaveRequest = struct("enclaverpc.Request", {
  method: text,
  /** CBOR of the arguments. */
  args: raw,
});
export type EnclaveRequest = TypeOf<typeof EnclaveRequest>;

/** The CBOR of the result, or the text of an error. */
export const EnclaveResult = struct("enclaverpc.Body", {
  success: named("Success", optional(raw)),
  error: named("Error", optional(nullable(text))),
});
export type EnclaveResult = TypeOf<typeof EnclaveResult>;

/** The answer to an insecure call. */
export const EnclaveResponse = struct("enclaverpc.Response", { body: EnclaveResult });
export type EnclaveResponse = TypeOf<typeof EnclaveResponse>;

/** The answer to a local call. Runtimes write the key with a capital, the reference reads both. */
export const EnclaveMessage = struct("enclaverpc.Message", {
  response: named("Response", nullable(EnclaveResponse)),
});
export type EnclaveMessage = TypeOf<typeof EnclaveMessage>;

/** The query that asks a ROFL component for its `RoflConfig`. */
export const ROFL_CONFIG_METHOD = "rofl.GetConfig";

/** What a ROFL component wants to be told: every block of the runtime, and blocks with these tags. */
export const RoflNotifications = struct("rofl.Notifications", {
  blocks: optional(bool),
  events: optional(list(bytes)),
});
export type RoflNotifications = TypeOf<typeof RoflNotifications>;

export const RoflConfig = struct("rofl.Config", { notifications: RoflNotifications });
export type RoflConfig = TypeOf<typeof RoflConfig>;
