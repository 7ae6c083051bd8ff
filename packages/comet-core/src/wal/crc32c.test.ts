import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "@wadi/util";
import { crc32c } from "./crc32c.ts";

test("checksums of RFC 3720 and of lengths around a step of four", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(0), 0],
    [utf8("123456789"), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [ascending, 0x46dd794e],
    [ascending.toReversed(), 0x113fdb5c],
    [utf8("a"), 0xc1d04330],
  ];
  for (const [bytes, expected] of cases) assert.equal(crc32c(bytes), expected, `${bytes.length} bytes`);
});

test("a view into a larger buffer has the checksum of its own bytes", () => {
  const buffer = Uint8Array.from({ length: 40 }, (_, i) => i - 4);
  assert.equal(crc32c(buffer.subarray(4, 36)), 0x46dd794e);
});
