// Errors on the wire: a gRPC status whose details hold module and code.
// Reference: go/common/grpc/errors.go.
import { status, type ServiceError } from "@grpc/grpc-js";
import { decodeCbor, encodeCbor, optional, proto, struct, text, u32 } from "@wadi/codec";
import { UNKNOWN_MODULE, WadiError, errorFromWire, errorToWire, registerError } from "@wadi/util";

import type { CallStatus } from "./grpc-headers.ts";

/** The code of `google.rpc.Code` that an error travels under, where it is not `UNKNOWN`. */
const codes = new WeakMap<Error, status>();

const ErrorDetails = struct("grpc.ErrorDetails", { module: optional(text), code: optional(u32) });
const AnyMessage = proto.message("Any", { value: proto.bytes(2) });
const StatusMessage = proto.message("Status", {
  code: proto.int32(1),
  message: proto.string(2),
  details: proto.repeated(3, AnyMessage),
});
const DETAILS = "grpc-status-details-bin";

/** What a call failed with where no error of the other side's is at hand: broken connections, deadlines. */
export const ErrRpc = registerError("rpc", 1, "rpc");

/** An error that travels under a certain gRPC code. */
export function withStatus<E extends Error>(error: E, code: status): E {
  codes.set(error, code);
  return error;
}

/** What is sent for an error: its text, and its module and code unless they say nothing. */
export function statusOf(error: unknown): CallStatus {
  const { module, code: moduleCode, message } = errorToWire(error);
  const code = error instanceof Error ? (codes.get(error) ?? abortCode(error)) : status.UNKNOWN;
  if (module === UNKNOWN_MODULE) return { code, message };
  const value = encodeCbor(ErrorDetails, { module, code: moduleCode });
  return { code, message, details: StatusMessage.encode({ code, message, details: [{ value }] }) };
}

function abortCode(error: Error): status {
  if (error.name === "AbortError") return status.CANCELLED;
  return error.name === "TimeoutError" ? status.DEADLINE_EXCEEDED : status.UNKNOWN;
}

/** The error that a failed call stands for. */
export function errorOf({ code, details, metadata }: ServiceError): WadiError {
  const cause = new WadiError(ErrRpc, { context: details, data: { status: code } });
  const [packed] = metadata.get(DETAILS);
  if (!(packed instanceof Uint8Array)) return cause;
  try {
    const [detail, second] = StatusMessage.decode(packed).details;
    if (detail === undefined || second !== undefined) return cause;
    const { module, code: moduleCode } = decodeCbor(ErrorDetails, detail.value, "rpc");
    return errorFromWire(module, moduleCode, details);
  } catch {
    return cause;
  }
}
