import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "@wadi/util";
import { crc32c, maskedCrc32c } from "./crc32c.ts";

/** Bit by bit, from the definition. */
function slowCrc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test("crc32c check value of the polynomial", () => {
  assert.equal(crc32c(utf8("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

test("crc32c agrees with the definition at every alignment and length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 9 }), fc.nat({ max: 9 }), (data, before, after) => {
      const start = Math.min(before, data.length);
      const end = Math.max(start, data.length - after);
      const part = data.slice(start, end);
      assert.equal(crc32c(data, start, end), slowCrc32c(part));
      assert.equal(crc32c(data.subarray(start, end)), slowCrc32c(part));
    }),
  );
});

test("masking rotates by 15 and adds the constant", () => {
  const crc = crc32c(utf8("a"));
  const expected = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  assert.equal(maskedCrc32c(utf8("a")), expected);
});
