// Callers that misbehave, at every layer of the socket: they cost themselves. Afterwards the server
// answers, has no call left, and has not grown; meanwhile no turn of its event loop takes long.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { WadiError } from "@wadi/util";

import { MAX_MESSAGE_BYTES } from "../src/messages.ts";
import { PREFACE, SETTINGS, frame } from "./frames.ts";
import { MB, Served } from "./hostile-caller.ts";

const timeout = 300_000;
const served = Served.forTests();
const { sample } = served;

test("bytes that are no HTTP/2, and frames that cannot be, end their connection", { timeout }, async (t) => {
  const cases: readonly (readonly Buffer[])[] = [
    [Buffer.alloc(1000, 0xaa)],
    [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    [PREFACE, SETTINGS, frame(0, 0, 1, Buffer.alloc(10), 0xffffff)],
    [PREFACE, frame(4, 0, 0, Buffer.alloc(5))],
    [PREFACE, SETTINGS, frame(1, 4, 1, Buffer.alloc(50, 0xff))],
    [PREFACE, SETTINGS, frame(0, 0, 1, Buffer.alloc(50))],
    [PREFACE, SETTINGS, frame(8, 0, 0, Buffer.alloc(4))],
  ];
  for (const [i, pieces] of cases.entries()) {
    const raw = served.connection().resume();
    for (const piece of pieces) raw.write(piece);
    await once(raw, "close", { signal: AbortSignal.timeout(30_000) }).catch(() => assert.fail(`case ${i} stays open`));
  }
  await served.isWell(t, "malformed frames");
});

function http2Session(stream?: Socket): ClientHttp2Session {
  const session = connectHttp2("http://localhost", { createConnection: () => stream ?? served.connection() });
  return session.on("error", () => undefined);
}

function open(session: ClientHttp2Session, method: string, headers: Record<string, string> = {}): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": `/oasis-core.Sample/${method}`,
    "content-type": "application/grpc+cbor",
    te: "trailers",
    ...headers,
  });
  return stream.on("error", () => undefined);
}

/** A message behind its prefix, whose flag and length may be wrong. */
function message(payload: Uint8Array, flag = 0, length = payload.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, payload]);
}

/** The status that ends a call with this body: of HTTP if that is not 200, else of gRPC. */
async function statusOf(body: readonly Uint8Array[], headers: Record<string, string> = {}): Promise<string> {
  const session = http2Session();
  const stream = open(session, "Size", headers);
  let result = "none";
  stream.on(
    "response",
    (h) => (result = h[":status"] === 200 ? String(h["grpc-status"] ?? result) : `HTTP ${h[":status"]}`),
  );
  stream.on("trailers", (h) => (result = String(h["grpc-status"])));
  stream.resume();
  for (const piece of body) stream.write(piece);
  stream.end();
  await once(stream, "close", { signal: AbortSignal.timeout(30_000) });
  session.destroy();
  return result;
}

test("malformed calls are answered with a status", { timeout }, async (t) => {
  const fine = message(Buffer.from([0x41, 1]));
  const gzip = { "grpc-encoding": "gzip" };
  const cases: readonly (readonly [string, readonly Uint8Array[], string, Record<string, string>?])[] = [
    ["a sound call", [fine], "0"],
    ["another content type", [fine], "HTTP 415", { "content-type": "text/plain" }],
    ["a length of 4 GiB", [message(Buffer.alloc(10), 0, 0xffffffff)], "8"],
    ["one byte too many", [message(Buffer.alloc(10), 0, MAX_MESSAGE_BYTES + 1)], "8"],
    ["CBOR that ends early", [message(Buffer.from([0x42, 1]))], "13"],
    ["no CBOR", [message(Buffer.from([0xff]))], "13"],
    ["a million lists in each other", [message(Buffer.alloc(1_000_000, 0x81))], "13"],
    ["a string of 1 TB", [message(Buffer.from([0x5b, 0, 0, 0, 255, 255, 255, 255, 255]))], "13"],
    ["an unknown compression", [message(Buffer.from([1]), 1)], "12", { "grpc-encoding": "zzz" }],
    ["what unpacks to 200 MB", [message(gzipSync(Buffer.alloc(200 * MB)), 1)], "12", gzip],
    ["a compressed message without a compression", [message(Buffer.from([1]), 1)], "13"],
    ["a timeout that is none", [fine], "HTTP 400", { "grpc-timeout": "soon" }],
    ["another method of HTTP", [], "HTTP 405", { ":method": "GET" }],
    ["no message", [], "2"],
    ["two messages", [fine, fine], "13"],
    ["half a message", [fine.subarray(0, 6)], "13"],
  ];
  const before = await served.health();
  for (const [what, body, expected, headers] of cases) assert.equal(await statusOf(body, headers), expected, what);
  const now = await served.isWell(t, "malformed calls");
  assert.ok(now.residentBytes < before.residentBytes + 250 * MB);
});

function isExhausted(error: unknown): boolean {
  return error instanceof WadiError && error.data?.["status"] === status.RESOURCE_EXHAUSTED;
}

test("bodies up to the limit are taken, and memory comes back", { timeout }, async (t) => {
  const size = MAX_MESSAGE_BYTES - 5;
  assert.equal(await sample.Size(new Uint8Array(size)), size);
  await served.isWell(t, "a body of 100 MiB");
  await assert.rejects(sample.Size(new Uint8Array(MAX_MESSAGE_BYTES)), isExhausted);
  const sessions = Array.from({ length: 20 }, () => {
    const session = http2Session();
    open(session, "Size").write(message(Buffer.alloc(2 * MB), 0, MAX_MESSAGE_BYTES));
    return session;
  });
  await served.isWell(t, "twenty bodies that do not end");
  for (const session of sessions) session.destroy();
});

test("a thousand streams that nobody reads wait, and take little memory", { timeout }, async (t) => {
  const before = await served.health();
  const streams = Array.from({ length: 1000 }, () => sample.Ticks()[Symbol.asyncIterator]());
  await Promise.all(streams.map((stream) => stream.next()));
  await served.isWell(t, "a thousand streams opened");
  const sizes: number[] = [];
  for (let i = 0; i < 4; i++) {
    await sample.Quiet();
    const { openCalls, residentBytes } = await served.isWell(t, "a thousand streams unread");
    assert.equal(openCalls, 1000);
    sizes.push(residentBytes);
  }
  const [first = 0] = sizes;
  assert.ok((sizes.at(-1) ?? 0) < first + 40 * MB, "it does not grow");
  assert.ok(first < before.residentBytes + 250 * MB);
  await Promise.all(streams.map((stream) => stream.return?.() ?? Promise.resolve()));
  await sample.CallsAre(0);
  await served.isWell(t, "a thousand streams ended");
});

test("a connection may have so many calls, and is refused more", { timeout }, async (t) => {
  const session = http2Session();
  const refused = Promise.withResolvers<void>();
  let left = 100;
  for (let i = 0; i < 1124; i++) {
    const call = open(session, "Wait");
    call.on("response", (headers) => {
      assert.equal(headers["grpc-status"], String(status.RESOURCE_EXHAUSTED));
      if (--left === 0) refused.resolve();
    });
    call.end(message(Buffer.alloc(0)));
  }
  await refused.promise;
  await sample.CallsAre(1024);
  session.destroy();
  await sample.CallsAre(0);
  await served.isWell(t, "calls beyond the limit");
});

test("connections that are never read, that idle, and that are cut leave nothing", { timeout }, async (t) => {
  const idle = await served.connections(1000);
  for (const one of idle) one.resume();
  await served.isWell(t, "a thousand idle connections");
  for (const one of idle) one.destroy();

  const raw = await served.connections(100);
  for (const one of raw) open(http2Session(one), "Ticks").end(message(Buffer.alloc(0)));
  await sample.CallsAre(raw.length);
  for (const one of raw) one.pause();
  await sample.Quiet();
  await served.isWell(t, "a hundred connections unread");
  for (const one of raw) one.destroy();
  await sample.CallsAre(0);

  for (let round = 0; round < 5; round++) {
    const session = http2Session();
    const calls = Array.from({ length: 100 }, (_, i) => open(session, i % 2 === 0 ? "Wait" : "Ticks"));
    for (const call of calls) call.end(message(Buffer.alloc(0)));
    await sample.CallsAre(calls.length);
    session.destroy();
    await sample.CallsAre(0);
  }
  await served.isWell(t, "five hundred calls cut");
});
