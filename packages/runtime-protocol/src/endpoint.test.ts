import { roothash, type Namespace, type PublicKey } from "@wadi/types";
import assert from "node:assert/strict";
import { createServer, connect, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { once } from "node:events";
import { isError, WadiError, registerError } from "@wadi/util";
import { Endpoint, type EndpointOptions, type Timers } from "./endpoint.ts";
import {
  ErrCallTimeout,
  ErrConnectionClosed,
  ErrMessageTooLarge,
  ErrNotReady,
  ErrTooManyStrays,
  ErrTruncated,
  ErrUnexpectedResponse,
  ErrWriteTimeout,
} from "./errors.ts";
import { frame } from "./framing.ts";
import { body, EMPTY, type Body } from "./messages/bodies.ts";
import { encodeMessage, messageTypes } from "./messages/message.ts";
import { ManualTimers } from "./testing/manual-timers.ts";

const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Two ends of a unix socket. */
async function socketPair(): Promise<AsyncDisposable & { readonly host: Socket; readonly guest: Socket }> {
  const folder = await mkdtemp(join(tmpdir(), "rhp-test-"));
  const server = createServer();
  server.listen(join(folder, "host.sock"));
  await once(server, "listening");
  const guest = connect(join(folder, "host.sock"));
  const [host] = (await once(server, "connection")) as [Socket];
  return {
    host,
    guest,
    async [Symbol.asyncDispose]() {
      host.destroy();
      guest.destroy();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const refuse = (): never => {
  throw new Error("method not supported");
};

function options(role: EndpointOptions["role"], more: Partial<EndpointOptions> = {}): EndpointOptions {
  return { role, timers: systemTimers, handler: refuse, ...more };
}

const ping = body("RuntimePingRequest", EMPTY);
const empty = body("Empty", EMPTY);

function rejectsWith(promise: Promise<unknown>, kind: Parameters<typeof isError>[1]): Promise<void> {
  return assert.rejects(promise, (e) => isError(e, kind));
}

test("calls and answers in both directions, out of order", async () => {
  await using pair = await socketPair();
  const first = Promise.withResolvers<void>();
  const host = new Endpoint(
    pair.host,
    options("host", {
      handler: (request) =>
        request.type === "HostIdentityRequest"
          ? body("HostIdentityResponse", { nodeId: "ab".repeat(32) as PublicKey })
          : refuse(),
    }),
  );
  const guest = new Endpoint(
    pair.guest,
    options("guest", {
      handler: async (request): Promise<Body> => {
        if (request.type === "RuntimeQueryRequest") {
          await first.promise;
          return body("RuntimeQueryResponse", { data: new TextEncoder().encode(request.value.method) });
        }
        first.resolve();
        return empty;
      },
    }),
  );
  host.ready();
  const query = host.request("RuntimeQueryRequest", {
    consensusBlock: { height: 1, meta: null },
    header: roothash.emptyHeader({ headerType: roothash.headerTypes.normal }),
    epoch: 0n,
    maxMessages: 0,
    method: "first asked, last answered",
    args: new Uint8Array(0),
  });
  assert.deepEqual(await host.call(ping), empty);
  assert.equal(new TextDecoder().decode((await query).data), "first asked, last answered");
  assert.equal((await guest.request("HostIdentityRequest", EMPTY)).nodeId, "ab".repeat(32));
  await assert.rejects(guest.request("HostFetchGenesisHeightRequest", EMPTY), {
    message: "method not supported",
    module: "unknown",
    code: 1,
  });
  host.close();
  assert.ok(isError(await guest.closed, ErrConnectionClosed));
});

test("registered errors cross with module, code and context", async () => {
  const kind = registerError("endpoint-test", 7, "no such thing");
  await using pair = await socketPair();
  const host = new Endpoint(pair.host, options("host"));
  const guest = new Endpoint(
    pair.guest,
    options("guest", {
      handler: () => {
        throw new WadiError(kind, { context: "here" });
      },
    }),
  );
  host.ready();
  await assert.rejects(host.call(ping), {
    module: "endpoint-test",
    code: 7,
    message: "no such thing: here",
    context: "here",
  });
  guest.close();
});

test("before the host is ready only its info request goes out, and requests wait", async () => {
  await using pair = await socketPair();
  const timers = new ManualTimers();
  const host = new Endpoint(
    pair.host,
    options("host", { timers, handler: () => body("HostFetchGenesisHeightResponse", { height: 7n }) }),
  );
  const guest = new Endpoint(pair.guest, options("guest", { handler: () => empty }));
  await rejectsWith(host.call(ping), ErrNotReady);
  const early = guest.request("HostFetchGenesisHeightRequest", EMPTY);
  await assert.rejects(
    host.request("RuntimeInfoRequest", {
      runtimeId: "00".repeat(32) as Namespace,
      consensusBackend: "tendermint",
      consensusProtocolVersion: { major: 7, minor: 0, patch: 0 },
      consensusChainContext: "",
      localConfig: new Map(),
    }),
    (e) => isError(e, ErrUnexpectedResponse),
  );
  host.ready();
  assert.equal((await early).height, 7n);
});

test("requests are refused when the host is not ready in time", async () => {
  await using pair = await socketPair();
  const timers = new ManualTimers();
  const host = new Endpoint(pair.host, options("host", { timers }));
  const guest = new Endpoint(pair.guest, options("guest"));
  const early = guest.request("HostFetchGenesisHeightRequest", EMPTY);
  await once(pair.host, "data");
  timers.advance(4999);
  timers.advance(1);
  await assert.rejects(early, { module: "rhp/internal", code: 1, message: "rhp: not ready" });
  assert.ok(!host.isClosed);
});

test("timeouts and signals end calls; a late answer does no harm", async () => {
  await using pair = await socketPair();
  const timers = new ManualTimers();
  const release = Promise.withResolvers<void>();
  const host = new Endpoint(pair.host, options("host", { timers }));
  const guest = new Endpoint(
    pair.guest,
    options("guest", {
      handler: async () => {
        await release.promise;
        return empty;
      },
    }),
  );
  host.ready();
  const slow = host.call(ping, { timeoutMs: 1000 });
  const aborter = new AbortController();
  const aborted = host.call(ping, { signal: aborter.signal });
  timers.advance(1000);
  await rejectsWith(slow, ErrCallTimeout);
  aborter.abort(new Error("changed my mind"));
  await assert.rejects(aborted, { message: "changed my mind" });
  await assert.rejects(host.call(ping, { signal: aborter.signal }), { message: "changed my mind" });
  release.resolve();
  assert.deepEqual(await host.call(ping), empty);
  assert.ok(!guest.isClosed);
  host.close();
  assert.equal(timers.waiting, 0);
});

test("the end of the stream ends calls and handlers", async () => {
  await using pair = await socketPair();
  const host = new Endpoint(pair.host, options("host"));
  const handling = Promise.withResolvers<AbortSignal>();
  const guest = new Endpoint(
    pair.guest,
    options("guest", {
      handler: async (_, { signal }) => {
        handling.resolve(signal);
        await once(signal, "abort");
        return empty;
      },
    }),
  );
  host.ready();
  const call = host.call(ping);
  const signal = await handling.promise;
  guest.close();
  await rejectsWith(call, ErrConnectionClosed);
  assert.ok(signal.aborted);
  await rejectsWith(host.call(ping), ErrConnectionClosed);
});

test("garbage, lengths of 4 GB and cut messages end the connection with their reason", async () => {
  const bad: [string, Uint8Array, (e: Error) => boolean][] = [
    ["length", Uint8Array.of(0xff, 0xff, 0xff, 0xff), (e) => isError(e, ErrMessageTooLarge)],
    ["garbage", frame(Uint8Array.of(0xff, 1, 2, 3)), (e) => e instanceof WadiError],
    ["empty message", frame(new Uint8Array(0)), (e) => e instanceof WadiError],
    ["deep", frame(new Uint8Array(1_000_000).fill(0x81)), (e) => e instanceof WadiError],
    ["many items", frame(new Uint8Array(3_000_000).fill(0x40)), (e) => e instanceof WadiError],
  ];
  for (const [name, bytes, matches] of bad) {
    await using pair = await socketPair();
    const host = new Endpoint(pair.host, options("host"));
    pair.guest.write(bytes);
    const reason = await host.closed;
    assert.ok(matches(reason), `${name}: ${reason.message}`);
  }
  await using pair = await socketPair();
  const host = new Endpoint(pair.host, options("host"));
  pair.guest.end(frame(encodeMessage({ id: 0n, messageType: 1, body: ping })).subarray(0, 9));
  assert.ok(isError(await host.closed, ErrTruncated));
});

test("answers that nobody asked for are ignored up to a bound", async () => {
  await using pair = await socketPair();
  let strays = 0;
  const host = new Endpoint(pair.host, options("host", { onStray: () => strays++, limits: { strays: 10 } }));
  pair.guest.resume();
  for (let i = 0; i < 20; i++)
    pair.guest.write(frame(encodeMessage({ id: BigInt(i), messageType: messageTypes.response, body: empty })));
  assert.ok(isError(await host.closed, ErrTooManyStrays));
  assert.equal(strays, 10);
});

test("a flood of requests is read only as fast as it is answered", async () => {
  await using pair = await socketPair();
  let open = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const host = new Endpoint(
    pair.host,
    options("host", {
      limits: { openRequests: 16 },
      handler: async () => {
        most = Math.max(most, ++open);
        await gate.promise;
        open--;
        return empty;
      },
    }),
  );
  host.ready();
  const guest = new Endpoint(pair.guest, options("guest"));
  const calls = Array.from({ length: 5000 }, () => guest.call(body("HostIdentityRequest", EMPTY)));
  while (most < 16) await once(pair.host, "data");
  gate.resolve();
  assert.equal((await Promise.all(calls)).length, 5000);
  assert.equal(most, 16);
});

test("a side that does not read is given up", async () => {
  await using pair = await socketPair();
  const timers = new ManualTimers();
  const host = new Endpoint(pair.host, options("host", { timers }));
  host.ready();
  pair.guest.pause();
  const call = host.call(
    body("RuntimeRPCCallRequest", { request: new Uint8Array(8_000_000), kind: 0, peerId: new Uint8Array(0) }),
  );
  timers.advance(5000);
  await rejectsWith(call, ErrWriteTimeout);
});

test("a message above 32 MiB is not sent; as an answer it becomes an error", async () => {
  await using pair = await socketPair();
  const host = new Endpoint(pair.host, options("host"));
  host.ready();
  const large = new Uint8Array(33 * 1024 * 1024);
  await rejectsWith(host.call(body("RuntimeLocalRPCCallRequest", { request: large })), ErrMessageTooLarge);
  const guest = new Endpoint(
    pair.guest,
    options("guest", { handler: () => body("RuntimeLocalRPCCallResponse", { response: large }) }),
  );
  await rejectsWith(host.call(body("RuntimeLocalRPCCallRequest", { request: EMPTY_BYTES })), ErrMessageTooLarge);
  assert.ok(!guest.isClosed);
});

const EMPTY_BYTES = new Uint8Array(0);
