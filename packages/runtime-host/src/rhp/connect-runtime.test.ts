import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import {
  body,
  EMPTY,
  Endpoint,
  ErrCallTimeout,
  ErrConnectionClosed,
  type RequestHandler,
} from "@wadi/runtime-protocol";
import { version, type PublicKey } from "@wadi/types";
import { isError } from "@wadi/util";
import { testHostInfo, testRuntime, testRuntimeInfo } from "../testing/test-runtime.ts";
import { connectRuntime } from "./connect-runtime.ts";
import { systemTimers } from "./system-timers.ts";

const refuse: RequestHandler = () => {
  throw new Error("method not supported");
};
const options = { hostInfo: testHostInfo, handler: refuse };

test("exchanges infos, then serves both sides", async () => {
  const { stream, guest } = testRuntime(({ type }) => {
    if (type === "RuntimePingRequest") return body("Empty", EMPTY);
    throw new Error(`${type} refused`);
  });
  const early = guest.request("HostIdentityRequest", EMPTY);
  const runtime = await connectRuntime(stream, {
    ...options,
    handler: () => body("HostIdentityResponse", { nodeId: "ab".repeat(32) as PublicKey }),
    expectedVersion: version(1, 2, 3),
  });
  assert.deepEqual(runtime.info, testRuntimeInfo);
  assert.equal((await early).nodeId, "ab".repeat(32));
  await runtime.ping();
  assert.equal(await runtime.abort(), false, "a runtime that refuses to abort has to be killed");
  guest.close();
  assert.ok(isError(await runtime.closed, ErrConnectionClosed));
  await assert.rejects(runtime.ping(), (e) => isError(e, ErrConnectionClosed));
});

test("aborts", async () => {
  const { stream } = testRuntime(({ type }) =>
    body(type === "RuntimeAbortRequest" ? "RuntimeAbortResponse" : "Empty", EMPTY),
  );
  const runtime = await connectRuntime(stream, options);
  assert.equal(await runtime.abort(), true);
  runtime.close();
});

test("refuses other protocols and versions with the reference's texts", async () => {
  const connect = (info: Partial<typeof testRuntimeInfo>, expected?: typeof testRuntimeInfo.runtimeVersion) => {
    const { stream } = testRuntime(refuse, { ...testRuntimeInfo, ...info });
    return connectRuntime(stream, { ...options, ...(expected && { expectedVersion: expected }) });
  };
  for (const major of [4, 6]) {
    await assert.rejects(connect({ protocolVersion: version(major, 1) }), {
      message: `rhp: incompatible protocol version (expected: 5.1.0 got: ${major}.1.0)`,
    });
  }
  (await connect({ protocolVersion: version(5, 9, 9) })).close();
  await assert.rejects(connect({}, version(1, 2, 4)), {
    message: "version mismatch (runtime reported: 1.2.3 bundle: 1.2.4)",
  });
});

test("refuses another answer, an error and silence", async () => {
  const [other, guest] = duplexPair();
  new Endpoint(guest, { role: "guest", timers: systemTimers, handler: () => body("Empty", EMPTY) });
  await assert.rejects(connectRuntime(other, options), {
    message: "rhp: unexpected response to RuntimeInfoRequest",
  });
  const { stream } = testRuntime(refuse);
  stream.destroy();
  await assert.rejects(connectRuntime(stream, options), /rhp: error while requesting runtime info: connection closed/);
  const [silent] = duplexPair();
  await assert.rejects(connectRuntime(silent, { ...options, infoTimeoutMs: 1 }), (e: Error) => {
    assert.match(e.message, /^rhp: error while requesting runtime info: call timed out/);
    return isError(e, ErrCallTimeout);
  });
  assert.ok(silent.destroyed);
  const [waiting] = duplexPair();
  const aborter = new AbortController();
  const connecting = connectRuntime(waiting, { ...options, signal: aborter.signal });
  aborter.abort(new Error("stopping"));
  await assert.rejects(connecting, { message: "stopping" });
});
