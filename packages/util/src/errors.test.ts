import assert from "node:assert/strict";
import { test } from "node:test";
import { WadiError, errorFromWire, errorToWire, findCoded, isError, registerError } from "./errors.ts";

const lost = registerError("util/test", 1, "util/test: lost");
const found = registerError("util/test", 2, "util/test: found");

test("a pair is registered once and code 0 never", () => {
  assert.throws(() => registerError("util/test", 1, "again"), RangeError);
  assert.throws(() => registerError("util/test", 0, "success"), RangeError);
  assert.throws(() => registerError("", 1, "no module"), RangeError);
});

test("the context follows the registered text", () => {
  assert.equal(new WadiError(lost).message, "util/test: lost");
  assert.equal(new WadiError(lost, { context: "" }).message, "util/test: lost");
  assert.equal(new WadiError(lost, { context: "in the dunes" }).message, "util/test: lost: in the dunes");
});

test("the first coded error is found depth first through causes and joined errors", () => {
  const inner = new WadiError(lost);
  const wrapped = new Error("outer", { cause: new AggregateError([new Error("plain"), inner, new WadiError(found)]) });
  assert.equal(findCoded(wrapped), inner);
  assert.ok(isError(wrapped, lost));
  assert.ok(!isError(wrapped, found));
  assert.ok(!isError(new Error("plain"), lost));
  assert.ok(!isError(undefined, lost));
});

test("an error without a registered pair is looked through", () => {
  const wrapped = new WadiError(
    { module: "unknown", code: 1, text: "bad descriptor" },
    { cause: new WadiError(found) },
  );
  assert.ok(isError(wrapped, found));
  assert.equal(errorToWire(wrapped).code, 2);
});

test("a cause that points at itself ends the search", () => {
  const loop: Error & { cause?: unknown } = new Error("loop");
  loop.cause = loop;
  assert.equal(findCoded(loop), undefined);
});

test("the pair survives the wire, with and without context", () => {
  for (const context of [undefined, "at height 5"]) {
    const error = new WadiError(lost, context === undefined ? {} : { context });
    const { module, code, message } = errorToWire(error);
    const rebuilt = errorFromWire(module, code, message);
    assert.ok(isError(rebuilt, lost));
    assert.equal(rebuilt.message, error.message);
    assert.equal(rebuilt.context, context);
  }
});

test("a message without the registered prefix becomes the context as a whole", () => {
  assert.equal(errorFromWire("util/test", 1, "something else").message, "util/test: lost: something else");
});

test("unknown pairs and unregistered errors keep what they say", () => {
  const strange = errorFromWire("nowhere", 7, "strange");
  assert.deepEqual([strange.module, strange.code, strange.message], ["nowhere", 7, "strange"]);
  assert.equal(errorFromWire("unknown", 1, "disk on fire").message, "disk on fire");
  assert.deepEqual(errorToWire(new Error("plain")), { module: "unknown", code: 1, message: "plain" });
  assert.deepEqual(errorToWire("text"), { module: "unknown", code: 1, message: "text" });
});

test("what the reference does not number is unregistered on a wire, unless its cause is numbered", () => {
  const own = registerError("wadi/test", 1, "own");
  assert.deepEqual(errorToWire(new WadiError(own)), { module: "unknown", code: 1, message: "own" });
  const caused = new WadiError(own, { cause: new WadiError(lost) });
  assert.deepEqual(errorToWire(caused), { module: "util/test", code: 1, message: "own" });
  assert.ok(isError(caused, own), "within the process it is what it is");
});
