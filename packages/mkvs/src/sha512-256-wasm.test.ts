import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { packedToHex } from "./packed.ts";
import { MAX_INPUT, digestBytes } from "./sha512-256-wasm.ts";
import { Random } from "./testing/random.ts";

test("agrees with the runtime's SHA-512/256 for every length up to several blocks", () => {
  const random = new Random(1);
  for (let length = 0; length <= 700; length++) {
    const bytes = Buffer.from(random.bytes(length), "latin1");
    assert.equal(packedToHex(digestBytes(bytes)), hash("sha512-256", bytes, "hex"), `${length} bytes`);
  }
});

test("agrees at its largest length, beyond it, and for many random messages", () => {
  const random = new Random(2);
  for (const length of [MAX_INPUT - 1, MAX_INPUT, MAX_INPUT + 1, 100_000]) {
    const bytes = Buffer.from(random.bytes(length), "latin1");
    assert.equal(packedToHex(digestBytes(bytes)), hash("sha512-256", bytes, "hex"), `${length} bytes`);
  }
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(random.bytes(random.below(260)), "latin1");
    assert.equal(packedToHex(digestBytes(bytes)), hash("sha512-256", bytes, "hex"));
  }
});
