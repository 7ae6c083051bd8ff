import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { float16Bits, fromFloat16 } from "./float16.ts";
import { compareUtf8 } from "./scalars.ts";
import { isHex, parseBase64, parseQuantity, parseSigned, parseUnsigned } from "./text-forms.ts";

test("quantity text: prefixes, octal, underscores", () => {
  for (const [text, value] of [
    ["0X1f", 31n],
    ["0B11", 3n],
    ["0O17", 15n],
    ["0_7", 7n],
    ["0x_f", 15n],
    ["00", 0n],
    ["+0", 0n],
    ["1_2_3", 123n],
  ] as const) {
    assert.equal(parseQuantity(text), value, text);
  }
  for (const text of ["_1", "1_", "1__0", "0_", "0x", "0b2", "0o8", "09", "+", "--1", "1 ", "\u0663", "1\n", "0x1g"]) {
    assert.throws(() => parseQuantity(text), { name: "DecodeError" }, JSON.stringify(text));
  }
});

test("quantity text of any length", () => {
  const long = `1${"0".repeat(50_000)}`;
  assert.equal(parseQuantity(long), 10n ** 50_000n);
  assert.throws(() => parseQuantity(`${long}x`), { name: "DecodeError" });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 300n }), (n) => assert.equal(parseQuantity(`0x${n.toString(16)}`), n)),
  );
});

test("decimal integers by strconv", () => {
  assert.equal(parseUnsigned("007", 7n), 7n);
  assert.equal(parseUnsigned(`${"0".repeat(100)}7`, 7n), 7n);
  assert.equal(parseSigned("-8", -8n, 7n), -8n);
  assert.equal(parseSigned(`-${"0".repeat(100)}8`, -8n, 7n), -8n);
  assert.equal(parseSigned("+7", -8n, 7n), 7n);
  for (const text of ["8", "-9", "", "+", "1_0", "0x1", "9".repeat(1000), `-${"9".repeat(1000)}`]) {
    assert.throws(() => parseSigned(text, -8n, 7n), { name: "DecodeError" }, text);
  }
  assert.equal(isHex("0aF"), false);
});

test("half floats: all 65536 patterns", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromFloat16(bits);
    assert.equal(float16Bits(value), Number.isNaN(value) ? 0x7e00 : bits);
  }
  for (const value of [0.1, 65520, 2 ** -25, 1 + 2 ** -11, 2 ** 100]) assert.equal(float16Bits(value), undefined);
});

test("UTF-8 order of texts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test("base64 is accepted exactly where its alphabet and padding are right", () => {
  const characters = fc.constantFrom(..."AQz09+/=-_ \u0141\u00c1\t".split(""));
  const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
      if (isBase64(text)) assert.equal(parseBase64(text).length, Math.floor((text.replace(/=+$/, "").length * 3) / 4));
      else assert.throws(() => parseBase64(text), { name: "DecodeError" }, text);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array(), (value) => {
      const text = Buffer.from(value).toString("base64");
      assert.deepEqual(parseBase64(text), Uint8Array.from(value));
      assert.deepEqual(parseBase64(text.replace(/(.{4})/g, "$1\r\n")), Uint8Array.from(value));
    }),
  );
});
