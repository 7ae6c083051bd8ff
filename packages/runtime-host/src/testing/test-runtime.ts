// A runtime at the other end of an in-memory stream, whose answers a test writes.
import { duplexPair, type Duplex } from "node:stream";
import {
  body,
  Endpoint,
  type Body,
  type Features,
  type RequestHandler,
  type RuntimeInfoResponse,
} from "@wadi/runtime-protocol";
import { protocolVersions, version, type Namespace } from "@wadi/types";
import type { HostInfo } from "../rhp/connect-runtime.ts";
import { systemTimers } from "../rhp/system-timers.ts";

export const testRuntimeId = `80${"00".repeat(30)}01` as Namespace;

export const testHostInfo: HostInfo = { runtimeId: testRuntimeId, chainContext: "ab".repeat(32) };

const features: Features = {
  scheduleControl: { initialBatchSize: 100 },
  keyManagerQuotePolicyUpdates: true,
  keyManagerStatusUpdates: true,
  endorsedCapabilityTee: true,
};

/** What a runtime of version 1.2.3 says about itself. */
export const testRuntimeInfo: RuntimeInfoResponse = {
  protocolVersion: protocolVersions.runtimeHostProtocol,
  runtimeVersion: version(1, 2, 3),
  features,
};

/** The host's end of the stream, and the runtime's side of the connection. */
export function testRuntime(
  handler: RequestHandler,
  info: RuntimeInfoResponse = testRuntimeInfo,
): { readonly stream: Duplex; readonly guest: Endpoint } {
  const [stream, other] = duplexPair();
  const answer: RequestHandler = (request, context): Promise<Body> | Body =>
    request.type === "RuntimeInfoRequest" ? body("RuntimeInfoResponse", info) : handler(request, context);
  return { stream, guest: new Endpoint(other, { role: "guest", timers: systemTimers, handler: answer }) };
}
