import assert from "node:assert/strict";
import { test } from "node:test";
import { pooledBytes } from "./bytes.ts";

test("pooled arrays are zero, plain, and overlap with no other", () => {
  const arrays = Array.from({ length: 5000 }, (_, i) => pooledBytes(i % 1200));
  for (const bytes of arrays) {
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assert.ok(bytes.every((byte) => byte === 0));
  }
  for (const [i, bytes] of arrays.entries()) {
    assert.equal(bytes.length, i % 1200);
    bytes.fill(i);
  }
  for (const [i, bytes] of arrays.entries()) assert.ok(bytes.every((byte) => byte === (i & 0xff)));
});
