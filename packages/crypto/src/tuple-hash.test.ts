import assert from "node:assert/strict";
import { test } from "node:test";

import { tuplehash256 } from "@noble/hashes/sha3-addons.js";
import fc from "fast-check";

import { tupleHash256, tupleHasher256 } from "./tuple-hash.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

test("agrees with an independent implementation for any tuple, size and customization", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), fc.integer({ min: 1, max: 100 }), bytes, (tuple, size, custom) => {
      const expected = tuplehash256([...tuple], { dkLen: size, personalization: custom });
      assert.deepEqual(tupleHash256(tuple, size, custom), expected);
    }),
  );
});

test("a common beginning changes nothing, also when it is used again", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 4 }), bytes, bytes, bytes, (common, first, second, custom) => {
      const hasher = tupleHasher256(common, 32, custom);
      for (const last of [first, second, first]) {
        assert.deepEqual(hasher(last), tupleHash256([...common, last], 32, custom));
      }
    }),
  );
});
