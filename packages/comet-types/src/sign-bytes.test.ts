import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ZERO_BLOCK_ID } from "./block-id.ts";
import type { HexHash } from "./brands.ts";
import { GO_ZERO_TIME } from "./go-time.ts";
import { voteSignBytes, voteSignBytesWriter } from "./sign-bytes.ts";

const hash = "3c".repeat(32) as HexHash;
const votes = fc.record({
  type: fc.constantFrom(1, 2),
  height: fc.nat(),
  round: fc.nat(),
  blockId: fc.constantFrom(ZERO_BLOCK_ID, { hash, partSetHeader: { total: 3, hash } }),
});
const times = fc.oneof(
  fc.bigInt({ min: GO_ZERO_TIME, max: 4_000_000_000_000_000_000n }),
  fc.constantFrom(0n, 1n, -1n, 1_000_000_000n, GO_ZERO_TIME),
);

test("the writer for many times writes what the writer of one vote writes", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), votes, fc.array(times), (chainId, vote, timestamps) => {
      const write = voteSignBytesWriter(chainId, vote);
      for (const timestamp of timestamps) {
        assert.deepEqual(write(timestamp), voteSignBytes(chainId, { ...vote, timestamp }));
      }
    }),
  );
});
