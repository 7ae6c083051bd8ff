import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { testSigner } from "@wadi/crypto";

import { CachingVerifier } from "./verified-signatures.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("what is remembered does not keep the memory that a message was part of", () => {
  const { publicKey } = testSigner("a validator");
  const verifier = new CachingVerifier({ verify: () => false, verifyBatch: (all) => all.map(() => false) });
  const SLAB_BYTES = 64 * 1024;
  const COUNT = 1000;
  const signed = (i: number) => {
    const slab = Buffer.alloc(SLAB_BYTES, i);
    return { publicKey, message: slab.subarray(100, 220), signature: Buffer.from(`${i}`.padStart(64)) };
  };
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < COUNT; i++) verifier.remember(signed(i));
  collect();
  assert.equal(verifier.size, COUNT);
  const kept = process.memoryUsage().arrayBuffers - before;
  assert.ok(kept < (SLAB_BYTES * COUNT) / 10, `${kept} bytes`);
  assert.ok(verifier.verify(signed(0)) && verifier.verify(signed(COUNT - 1)), "they are known");
  assert.ok(!verifier.verify({ ...signed(0), message: signed(1).message }), "another message");
});
