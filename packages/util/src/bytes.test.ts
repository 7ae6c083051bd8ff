import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesEqual, compareBytes, concatBytes, fromBase64, fromHex, startsWith, toBase64, toHex } from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

test("hex and base64 round-trip", () => {
  fc.assert(
    fc.property(bytes, (b) => {
      assert.deepEqual(fromHex(toHex(b)), b);
      assert.deepEqual(fromHex(toHex(b).toUpperCase()), b);
      assert.deepEqual(fromBase64(toBase64(b)), b);
    }),
  );
});

test("text that is not hex or padded base64 is refused", () => {
  for (const text of ["0", "0g", " 00", "0x00"]) assert.throws(() => fromHex(text), RangeError, text);
  for (const text of ["A", "AA", "AA=", "A-__", "AA==AA==", " AAA"])
    assert.throws(() => fromBase64(text), RangeError, text);
});

test("order is that of the hex text, and equality agrees with it", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [x, y] = [toHex(a), toHex(b)];
      assert.equal(Math.sign(compareBytes(a, b)), x < y ? -1 : x > y ? 1 : 0);
      assert.equal(bytesEqual(a, b), x === y);
      assert.equal(startsWith(a, b), x.startsWith(y));
      assert.equal(toHex(concatBytes(a, b)), x + y);
    }),
  );
});
