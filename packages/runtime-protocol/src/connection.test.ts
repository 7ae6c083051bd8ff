import assert from "node:assert/strict";
import { test } from "node:test";
import { isError, WadiError } from "@wadi/util";
import { Connection, type Effect } from "./connection.ts";
import { ErrConnectionClosed, ErrMessageTooLarge, ErrNotReady, ErrTooManyItems } from "./errors.ts";
import { frame } from "./framing.ts";
import { body, EMPTY, type Body } from "./messages/bodies.ts";
import { encodeMessage, messageTypes, parseMessage } from "./messages/message.ts";

const ping = body("RuntimePingRequest", EMPTY);
const empty = body("Empty", EMPTY);

function message(messageType: number, id: bigint, content: Body = empty): Uint8Array {
  return frame(encodeMessage({ id, messageType, body: content }));
}

const request = (id: bigint): Uint8Array => message(messageTypes.request, id, body("HostIdentityRequest", EMPTY));
const types = (effects: readonly Effect[]): string[] => effects.map(({ type }) => type);

function readyHost(limits = {}): Connection {
  const host = new Connection("host", limits);
  host.ready();
  return host;
}

test("each side numbers its own calls from 0", () => {
  const host = readyHost();
  const numbers = [host.call(ping), host.call(ping)].map(({ id, frame: bytes }) => {
    assert.equal(parseMessage(bytes.subarray(4)).id, id);
    return id;
  });
  assert.deepEqual(numbers, [0n, 1n]);
  assert.deepEqual(host.receive(message(messageTypes.response, 1n), 0), [{ type: "deliver", id: 1n, body: empty }]);
  assert.deepEqual(types(host.receive(message(messageTypes.response, 1n), 0)), ["stray"], "answered before");
});

test("numbers of the other side may be any u64 and come back as they are", () => {
  const host = readyHost();
  const [effect] = host.receive(request(0xffff_ffff_ffff_ffffn), 0);
  assert.ok(effect?.type === "handle");
  assert.equal(parseMessage(host.respond(effect.request, empty).subarray(4)).id, 0xffff_ffff_ffff_ffffn);
});

test("requests wait until the host is ready, and no longer than their time", () => {
  const host = new Connection("host", { holdMs: 100 });
  assert.deepEqual(host.receive(request(1n), 10), []);
  assert.deepEqual(host.receive(request(2n), 50), []);
  assert.equal(host.deadline, 110);
  assert.deepEqual(host.expire(109), []);
  const [refusal] = host.expire(110);
  assert.ok(refusal?.type === "send");
  const { id, body: content } = parseMessage(refusal.frame.subarray(4));
  assert.equal(id, 1n);
  assert.deepEqual(content, body("Error", { module: "rhp/internal", code: 1, message: "rhp: not ready" }));
  assert.deepEqual(types(host.ready()), ["handle"]);
  assert.equal(host.deadline, undefined);
  assert.equal(host.state, "ready");
});

test("only the info request goes out before the host is ready; nothing after the end", () => {
  const host = new Connection("host");
  assert.throws(
    () => host.call(ping),
    (e) => isError(e, ErrNotReady),
  );
  host.ready();
  host.call(ping);
  host.forget(0n);
  const open = host.call(ping).id;
  assert.deepEqual(host.close(), [open]);
  assert.throws(
    () => host.call(ping),
    (e) => isError(e, ErrConnectionClosed),
  );
  assert.deepEqual(host.receive(request(1n), 0), []);
});

test("a guest serves from the start", () => {
  const guest = new Connection("guest");
  assert.deepEqual(types(guest.receive(message(messageTypes.request, 0n, ping), 0)), ["handle"]);
});

test("reading stops while too many requests are open", () => {
  const host = readyHost({ openRequests: 2 });
  const effects = host.receive(
    Buffer.concat([request(1n), request(2n), request(3n), message(messageTypes.response, 9n)]),
    0,
  );
  assert.deepEqual(types(effects), ["handle", "handle"]);
  assert.ok(host.isSaturated);
  assert.deepEqual(host.proceed(0), []);
  const [first] = effects;
  assert.ok(first?.type === "handle");
  host.respond(first.request, empty);
  assert.deepEqual(types(host.proceed(0)), ["handle"]);
  assert.ok(!host.isAtBoundary, "the last message was not read yet");
});

test("after so many messages others have their turn", () => {
  const host = readyHost({ messagesPerTurn: 2, openRequests: 100 });
  assert.ok(!host.isTurnBegun);
  const four = Buffer.concat([request(1n), request(2n), request(3n), request(4n)]);
  assert.deepEqual(types(host.receive(four, 0)), ["handle", "handle"]);
  assert.ok(host.isTurnBegun && host.isTurnOver && !host.isSaturated);
  assert.deepEqual(host.proceed(0), []);
  assert.deepEqual(types(host.nextTurn(0)), ["handle", "handle"]);
  assert.deepEqual(host.nextTurn(0), []);
  assert.ok(!host.isTurnBegun);
  const value = new Uint8Array(40_000);
  const large = body("HostLocalStorageSetRequest", { key: value, value });
  const two = Buffer.concat([message(messageTypes.request, 5n, large), request(6n)]);
  assert.deepEqual(types(host.receive(two, 0)), ["handle"], "a large message counts for several");
});

test("a large request is let in alone", () => {
  const large = message(
    messageTypes.request,
    1n,
    body("HostLocalStorageSetRequest", { key: new Uint8Array(1), value: new Uint8Array(5000) }),
  );
  const host = readyHost({ openRequestBytes: 1000 });
  const [effect] = host.receive(Buffer.concat([large, large]), 0);
  assert.ok(effect?.type === "handle" && host.isSaturated);
  host.respond(effect.request, empty);
  assert.deepEqual(types(host.proceed(0)), ["handle"]);
});

test("what came before damage is still delivered", () => {
  const host = readyHost();
  host.call(ping);
  const effects = host.receive(Buffer.concat([message(messageTypes.response, 0n), frame(Uint8Array.of(0xff))]), 0);
  assert.deepEqual(types(effects), ["deliver", "fail"]);
});

test("damage of every kind fails with a typed error", () => {
  const many = encodeMessage({
    id: 0n,
    messageType: 2,
    body: body("HostFetchTxBatchResponse", { batch: Array(200).fill(EMPTY_BYTES) }),
  });
  const failures: readonly [string, Uint8Array, (e: Error) => boolean][] = [
    ["length", Uint8Array.of(0xff, 0, 0, 0), (e) => isError(e, ErrMessageTooLarge)],
    ["items", frame(many), (e) => isError(e, ErrTooManyItems)],
    ["no map", frame(Uint8Array.of(0x80)), (e) => e instanceof WadiError],
    ["nothing", frame(EMPTY_BYTES), (e) => e instanceof WadiError],
    [
      "bad body",
      frame(Buffer.from("a36269640064626f6479a17348 6f73744964".replace(" ", ""), "hex")),
      (e) => e instanceof WadiError,
    ],
  ];
  for (const [name, bytes, matches] of failures) {
    const [effect] = readyHost({ items: 100 }).receive(bytes, 0);
    assert.ok(effect?.type === "fail" && matches(effect.error), name);
  }
});

test("only an answer may have many items", () => {
  const batch = Array(200).fill(EMPTY_BYTES) as Uint8Array[];
  const answer = body("HostFetchTxBatchResponse", { batch });
  const limits = { requestItems: 100, items: 1000 };
  const host = readyHost(limits);
  const { id } = host.call(ping);
  assert.deepEqual(types(host.receive(message(messageTypes.response, id, answer), 0)), ["deliver"]);
  assert.deepEqual(types(host.receive(message(messageTypes.response, id, answer), 0)), ["fail"]);
  const asked = readyHost(limits);
  asked.call(ping);
  assert.deepEqual(types(asked.receive(message(messageTypes.request, 7n, answer), 0)), ["fail"]);
  const guest = new Connection("guest", limits);
  assert.deepEqual(types(guest.receive(message(messageTypes.request, 7n, answer), 0)), ["handle"]);
});

test("answers to calls given up do not count as strays", () => {
  const host = readyHost({ strays: 1 });
  for (let i = 0; i < 10; i++) {
    const { id } = host.call(ping);
    host.forget(id);
    assert.deepEqual(types(host.receive(message(messageTypes.response, id), 0)), ["stray"]);
  }
  assert.deepEqual(types(host.receive(message(3, 0n), 0)), ["stray"]);
  assert.deepEqual(types(host.receive(message(3, 0n), 0)), ["fail"]);
});

test("an answer that is too large leaves its request open", () => {
  const host = readyHost({ sendBytes: 100 });
  const [effect] = host.receive(request(1n), 0);
  assert.ok(effect?.type === "handle");
  const large = body("HostLocalStorageGetResponse", { value: new Uint8Array(100) });
  assert.throws(
    () => host.respond(effect.request, large),
    (e) => isError(e, ErrMessageTooLarge),
  );
  assert.equal(parseMessage(host.respond(effect.request, empty).subarray(4)).id, 1n);
});

const EMPTY_BYTES = new Uint8Array(0);
