// Connections that flood: with calls, resets, headers and control frames, each by the hand that makes
// them cheapest. They end with an error code of HTTP/2 or are borne; the server stays well.
import assert from "node:assert/strict";
import { constants } from "node:http2";
import { test, type TestContext } from "node:test";

import {
  END_HEADERS,
  END_STREAM,
  INDEXED_LITERAL,
  PREFACE,
  SAME_HEADERS,
  SETTINGS,
  SETTINGS_ACK,
  Type,
  callHeaders,
  codesOf,
  frame,
  literal,
} from "./frames.ts";
import { MB, Served } from "./hostile-caller.ts";

const timeout = 300_000;
const served = Served.forTests();
/**
 * Of processor time. Turns are some 30 ms, but one that V8 collects thousands of dead streams in takes
 * up to 200: they are objects of Node's native code, which it ends one by one.
 */
const MAX_FLOOD_TURN_MS = 400;
const EMPTY_MESSAGE = Buffer.alloc(5);

/** What the server sends while it is given these pieces; ends with the pieces, or when it closes. */
async function flood(pieces: Iterable<Buffer>): Promise<Buffer> {
  const raw = served.connection();
  const sent: Buffer[] = [];
  raw.on("data", (chunk: Buffer) => sent.push(chunk));
  const closed = new Promise((resolve) => raw.once("close", resolve));
  for (const piece of pieces) {
    if (raw.destroyed) break;
    if (!raw.write(piece)) await Promise.race([new Promise((resolve) => raw.once("drain", resolve)), closed]);
  }
  raw.end();
  await closed;
  return Buffer.concat(sent);
}

/** Requires that the server was well during a flood, and that nothing of it is left. */
async function isBorne(t: TestContext, what: string, pieces: Iterable<Buffer>): Promise<void> {
  const before = await served.health();
  const sent = await flood(pieces);
  await served.sample.CallsAre(0);
  const now = await served.isWell(t, what, MAX_FLOOD_TURN_MS);
  assert.ok(now.residentBytes < before.residentBytes + 200 * MB, what);
  t.diagnostic(
    `${what}: resets ${counted(codesOf(Type.reset, sent))}, goodbyes ${counted(codesOf(Type.goaway, sent))}`,
  );
}

function counted(codes: readonly number[]): string {
  const counts = Object.entries(Object.groupBy(codes, String));
  return JSON.stringify(Object.fromEntries(counts.map(([code, all]) => [code, all?.length])));
}

/** Streams of odd numbers, `each` of them in one piece of about 64 KiB. */
function* calls(count: number, each: (stream: number, headers: Buffer) => Buffer): Generator<Buffer> {
  yield Buffer.concat([PREFACE, SETTINGS, SETTINGS_ACK]);
  let some: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    some.push(each(2 * i + 1, i === 0 ? callHeaders("Wait") : SAME_HEADERS));
    if (some.length < 1500 && i < count - 1) continue;
    yield Buffer.concat(some);
    some = [];
  }
}

function openCall(stream: number, headers: Buffer): Buffer {
  const head = frame(Type.headers, END_HEADERS, stream, headers);
  return Buffer.concat([head, frame(Type.data, END_STREAM, stream, EMPTY_MESSAGE)]);
}

test("control frames", { timeout }, async (t) => {
  const kinds: readonly (readonly [string, Buffer])[] = [
    ["pings", frame(Type.ping, 0, 0, Buffer.alloc(8))],
    ["settings", frame(Type.settings, 0, 0, Buffer.alloc(6))],
    ["priorities", frame(Type.priority, 0, 1, Buffer.alloc(5))],
    ["windows", frame(Type.window, 0, 0, Buffer.from([0, 0, 0, 1]))],
  ];
  for (const [what, one] of kinds) {
    const many = Buffer.concat(Array.from({ length: 1000 }, () => one));
    await isBorne(t, `30,000 ${what}`, [PREFACE, SETTINGS, ...Array.from({ length: 30 }, () => many)]);
  }
});

test("calls that wait", { timeout }, async (t) => {
  await isBorne(t, "20,000 calls", calls(20_000, openCall));
});

test("calls without requests", { timeout }, async (t) => {
  await isBorne(
    t,
    "20,000 headers",
    calls(20_000, (stream, headers) => frame(Type.headers, END_HEADERS, stream, headers)),
  );
  await isBorne(
    t,
    "20,000 calls that end at once",
    calls(20_000, (stream, headers) => frame(Type.headers, END_HEADERS | END_STREAM, stream, headers)),
  );
});

test("calls that are reset at once", { timeout }, async (t) => {
  const reset = Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL]);
  await isBorne(
    t,
    "20,000 resets",
    calls(20_000, (stream, headers) => Buffer.concat([openCall(stream, headers), frame(Type.reset, 0, stream, reset)])),
  );
});

test("headers without end, and headers that grow when they are unpacked", { timeout }, async (t) => {
  const start = Buffer.concat([PREFACE, SETTINGS, SETTINGS_ACK]);
  const field = literal(0, "x-more", Buffer.alloc(1000, "x"));
  const more = frame(Type.continuation, 0, 1, field);
  await isBorne(t, "10,000 continuations", [
    start,
    frame(Type.headers, 0, 1, callHeaders("Wait")),
    ...Array.from({ length: 100 }, () => Buffer.concat(Array.from({ length: 100 }, () => more))),
  ]);
  // One field of the table, named again by each byte.
  const bomb = Buffer.concat([
    callHeaders("Wait"),
    literal(INDEXED_LITERAL, "x-bomb", Buffer.alloc(3800, "x")),
    Buffer.alloc(12_000, 0xbe),
  ]);
  await isBorne(t, "headers of 45 MB", [start, frame(Type.headers, END_HEADERS | END_STREAM, 1, bomb)]);
});

test("pieces of a request without content", { timeout }, async (t) => {
  const nothing = frame(Type.data, 0, 1, Buffer.alloc(0));
  const one = frame(Type.data, 0, 1, Buffer.alloc(1));
  const open = [PREFACE, SETTINGS, SETTINGS_ACK, frame(Type.headers, END_HEADERS, 1, callHeaders("Wait"))];
  const many = (piece: Buffer): Buffer => Buffer.concat(Array.from({ length: 5000 }, () => piece));
  await isBorne(t, "100,000 empty pieces", [...open, ...Array.from({ length: 20 }, () => many(nothing))]);
  await isBorne(t, "50,000 pieces of a byte", [...open, ...Array.from({ length: 10 }, () => many(one))]);
});
