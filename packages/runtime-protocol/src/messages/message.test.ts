import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { encodeCbor, encodeJson, isDecodeError, type Schema } from "@wadi/codec";
import { protocolVersions } from "@wadi/types";
import { fromHex, toHex, utf8 } from "@wadi/util";
import { body, bodySchemas, EMPTY, responseType, type Body, type BodyType } from "./bodies.ts";
import { BodySchema, EncodedBody, encodeMessage, Message, messageTypes, parseMessage } from "./message.ts";

const head = "a36269640064626f6479";
const tail = "6c6d6573736167655f7479706501";

/** Reads a message with this body, given in hex. */
const read = (hex: string): Body | null => parseMessage(fromHex(head + hex + tail)).body;
const text = (s: string): string => toHex(Uint8Array.of(0x60 | s.length)) + toHex(utf8(s));

test("every body is one entry under its name", () => {
  const kinds: readonly BodyType[] = Object.keys(bodySchemas) as BodyType[];
  assert.equal(kinds.length, 66);
  for (const type of kinds) {
    const value = bodySchemas[type].zero();
    const message = { id: 7n, messageType: messageTypes.request, body: { type, value } as Body };
    assert.deepEqual(parseMessage(encodeMessage(message)), message, type);
  }
});

test("a body that is encoded already gives the same message", () => {
  const answer = body("Error", { module: "m", code: 7, message: "no" });
  const message = { id: 7n, messageType: messageTypes.response, body: answer };
  const encoded = new EncodedBody(encodeCbor(BodySchema, answer));
  assert.deepEqual(encodeMessage({ ...message, body: encoded }), encodeMessage(message));
});

test("unknown names, null bodies and no body at all are no body", () => {
  assert.equal(read("a0"), null);
  assert.equal(read("f6"), null);
  assert.equal(read(`a1${text("NoSuchBody")}a0`), null);
  assert.equal(read(`a1${text("Empty")}f6`), null);
});

test("of several bodies the first in declaration order counts", () => {
  assert.deepEqual(read(`a2${text("Empty")}a0${text("Error")}a0`), body("Empty", EMPTY));
  assert.equal(read(`a2${text("RuntimeAbortRequest")}a0${text("Error")}a0`)?.type, "Error");
  assert.equal(read(`a2${text("Error")}f6${text("Empty")}a0`)?.type, "Empty");
  assert.equal(read(`a2${text("NoSuchBody")}820102${text("Empty")}a0`)?.type, "Empty");
});

test("names and members in other letter case are understood, unknown members ignored", () => {
  assert.equal(read(`a1${text("eMPTY")}a0`)?.type, "Empty");
  const error = read(`a1${text("Error")}a3${text("CODE")}07${text("module")}${text("m")}${text("new")}80`);
  assert.deepEqual(error, body("Error", { module: "m", code: 7, message: "" }));
});

test("what breaks the encoding is refused", () => {
  const bad = [
    `a2${text("Empty")}a0${text("Empty")}a0`,
    `a1${text("Empty")}80`,
    `a1${text("Error")}a1${text("code")}${text("x")}`,
    `bf${text("Empty")}a0ff`,
    `c0a1${text("Empty")}a0`,
    `a101a0`.replace("a101", "a1"),
    "40",
  ];
  for (const hex of bad)
    assert.throws(
      () => read(hex),
      (e) => isDecodeError(e),
      hex,
    );
});

test("names of answers", () => {
  assert.equal(responseType("RuntimePingRequest"), "Empty");
  assert.equal(responseType("RuntimeShutdownRequest"), "Empty");
  assert.equal(responseType("RuntimeAbortRequest"), "RuntimeAbortResponse");
  assert.equal(responseType("HostFetchTxBatchRequest"), "HostFetchTxBatchResponse");
});

test("a message in JSON", () => {
  const message = { id: 1n, messageType: 2, body: body("Empty", EMPTY) };
  assert.equal(encodeJson(Message, message), '{"id":1,"message_type":2,"body":{"Empty":{}}}');
});

/** Members with their keys and types; structures of other packages by name. */
function layout({ name, shape }: Schema<unknown>): unknown {
  switch (shape.kind) {
    case "struct":
      if (!/^(protocol|enclaverpc|HostStorageSync)/.test(name)) return name;
      return shape.fields.map(({ key, omittable, schema }) => [key, omittable, layout(schema)]);
    case "list":
      return ["list", layout(shape.item)];
    case "map":
      return ["map", layout(shape.key), layout(shape.value)];
    case "nullable":
      return ["nullable", layout(shape.inner)];
    default:
      return name;
  }
}

test("the layout of the messages belongs to the version of the protocol", () => {
  const layouts = Object.entries(bodySchemas).map(([type, schema]) => [type, layout(schema as Schema<unknown>)]);
  const hash = hashOf(utf8(JSON.stringify(layouts)));
  assert.deepEqual(protocolVersions.runtimeHostProtocol, { major: 5, minor: 1, patch: 0 });
  assert.equal(
    hash,
    "6475dd5b5eff69e37c77b98f09892e5568dcc18c4fee09af0de8c708f0467113",
    "messages have changed: check against the reference, then update the hash",
  );
});
