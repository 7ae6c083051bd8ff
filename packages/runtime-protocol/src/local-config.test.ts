import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDecodeError } from "@wadi/codec";
import { fromHex, isError, toHex } from "@wadi/util";
import { ErrInvalidLocalConfig } from "./errors.ts";
import { decodeLocalConfig, encodeLocalConfig, type LocalConfigValue } from "./local-config.ts";

const value = fc.letrec<{ value: LocalConfigValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 1n << 60n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: -(1n << 64n), max: -(1n << 60n) }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test("values come back", () => {
  fc.assert(
    fc.property(value, (one) => {
      assert.deepEqual(decodeLocalConfig(encodeLocalConfig({ one })), { one });
    }),
  );
});

test("keys are in canonical order", () => {
  const encoded = encodeLocalConfig({ map: { bb: 1, c: 2, a: 3 } }).get("map");
  assert.equal(toHex(encoded ?? new Uint8Array(0)), "a3616103616302626262" + "01");
});

test("what Rust runtimes cannot read is refused with its place", () => {
  const bad: readonly [string, unknown, RegExp][] = [
    ["fraction", { rate: 0.5 }, /rate: 0.5 is not an integer/],
    ["nested fraction", { a: { list: [1, Number.NaN] } }, /a\.list\[1\]: NaN/],
    ["large number", { n: 2 ** 60 }, /not an integer/],
    ["large integer", { n: 1n << 64n }, /n: integer does not fit/],
    ["negative integer", { n: -(1n << 64n) - 1n }, /n: integer does not fit/],
    ["undefined", { u: undefined }, /u: a undefined has no encoding/],
    ["function", { f: () => 0 }, /f: a function/],
    ["depth", { d: JSON.parse(`${"[".repeat(20)}${"]".repeat(20)}`) }, /nested too deeply/],
  ];
  for (const [name, config, problem] of bad) {
    assert.throws(
      () => encodeLocalConfig(config as Record<string, LocalConfigValue>),
      (e: Error) => isError(e, ErrInvalidLocalConfig) && problem.test(e.message),
      name,
    );
  }
  for (const hex of ["f93800", "a10102", "f0"]) {
    assert.throws(
      () => decodeLocalConfig(new Map([["x", fromHex(hex)]])),
      (e) => isDecodeError(e),
      hex,
    );
  }
});
