// What the headers of a gRPC call say, and those that answer it, as the reference's library reads and
// writes them (gRPC over HTTP/2). Reference: grpc-go, internal/transport/http2_server.go, http_util.go.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { status } from "@grpc/grpc-js";

/** How a call ended. */
export interface CallStatus {
  readonly code: status;
  readonly message: string;
  /** An encoded `google.rpc.Status`. */
  readonly details?: Uint8Array;
}

export const OK: CallStatus = { code: status.OK, message: "" };

/** Why a request is none, with the status of HTTP that says so too. */
export interface Refusal extends CallStatus {
  readonly httpStatus: number;
}

/** What is wrong with a request before its method is looked at. */
export function refusalOf(headers: IncomingHttpHeaders): Refusal | undefined {
  const type = headers["content-type"] ?? "";
  if (!/^application\/grpc($|[+;])/.test(type)) {
    const message = `invalid gRPC request content-type ${JSON.stringify(type)}`;
    return { httpStatus: 415, code: status.INVALID_ARGUMENT, message };
  }
  const timeout = headers["grpc-timeout"];
  if (timeout !== undefined && timeoutMsOf(headers) === undefined) {
    const message = `malformed grpc-timeout: ${JSON.stringify(timeout)}`;
    return { httpStatus: 400, code: status.INTERNAL, message };
  }
  const method = headers[":method"];
  if (method !== "POST") {
    const message = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
    return { httpStatus: 405, code: status.INTERNAL, message };
  }
  return undefined;
}

/** The content type of the answer: the subtype is the caller's. */
export function answerTypeOf({ "content-type": type = "" }: IncomingHttpHeaders): string {
  const subtype = /^application\/grpc[+;](.*)$/.exec(type)?.[1] ?? "";
  return subtype === "" ? "application/grpc" : `application/grpc+${subtype.toLowerCase()}`;
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** How long the caller waits; undefined without a limit, or with one that is malformed. */
export function timeoutMsOf(headers: IncomingHttpHeaders): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,8})(.)$/.exec(String(headers["grpc-timeout"] ?? "")) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : Number(digits) * unitMs;
}

/** The status as header fields. */
export function trailersOf({ code, details, message }: CallStatus): OutgoingHttpHeaders {
  const trailers: OutgoingHttpHeaders = { "grpc-status": String(code), "grpc-message": percentEncode(message) };
  if (details !== undefined) trailers["grpc-status-details-bin"] = unpaddedBase64(details);
  return trailers;
}

/** All but printable ASCII, and the percent sign, as `%` and two digits for each byte of UTF-8. */
function percentEncode(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (part) => {
    return Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

function unpaddedBase64(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}
