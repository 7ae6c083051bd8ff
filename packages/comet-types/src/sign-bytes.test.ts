import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { proto } from "@wadi/codec";
import { isZeroBlockId, ZERO_BLOCK_ID } from "./block-id.ts";
import type { HexHash } from "./brands.ts";
import { GO_ZERO_TIME } from "./go-time.ts";
import { voteSignBytes, voteSignBytesWriter, type SignedVote } from "./sign-bytes.ts";
import { CanonicalVote } from "./wire/canonical.ts";
import type { BlockId } from "./wire/basics.ts";

const hash = "3c".repeat(32) as HexHash;
const votes = fc.record({
  type: fc.constantFrom(1, 2),
  height: fc.nat(),
  round: fc.nat(),
  blockId: fc.constantFrom(ZERO_BLOCK_ID, { hash, partSetHeader: { total: 3, hash } }),
});
const id = (block: string, total: number, parts: string): BlockId => ({
  hash: block.repeat(32) as HexHash,
  partSetHeader: { total, hash: parts.repeat(32) as HexHash },
});
const times = fc.oneof(
  fc.bigInt({ min: GO_ZERO_TIME, max: 4_000_000_000_000_000_000n }),
  fc.constantFrom(0n, 1n, -1n, 1_000_000_000n, GO_ZERO_TIME),
);

/** Without the shortcuts that the writers take. */
function encoded(chainId: string, { blockId, height, round, timestamp, type }: SignedVote): Uint8Array {
  return proto.encodeDelimited(CanonicalVote, {
    type,
    height: BigInt(height),
    round: BigInt(round),
    blockId: isZeroBlockId(blockId) ? undefined : blockId,
    timestamp,
    chainId,
  });
}

test("sign bytes are the delimited canonical vote, one by one and from a writer for many times", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), votes, fc.array(times), (chainId, vote, timestamps) => {
      const write = voteSignBytesWriter(chainId, vote);
      for (const timestamp of timestamps) {
        const expected = encoded(chainId, { ...vote, timestamp });
        assert.deepEqual(write(timestamp), expected);
        assert.deepEqual(voteSignBytes(chainId, { ...vote, timestamp }), expected);
      }
    }),
  );
});

test("writers that are remembered are told apart by chain, type, height, round and block", () => {
  const ids = [
    ZERO_BLOCK_ID,
    ...[1, 2].flatMap((total) => [id("aa", total, "bb"), id("aa", total, "cc")]),
    id("dd", 1, "bb"),
  ];
  const ballots = ["one", "two"].flatMap((chainId) =>
    [1, 2].flatMap((type) =>
      [5, 6].flatMap((height) =>
        [0, 1].flatMap((round) =>
          ids.map((blockId) => ({ chainId, vote: { type, height, round, blockId, timestamp: 7n } })),
        ),
      ),
    ),
  );
  for (let turn = 0; turn < 2; turn++) {
    for (const [i, { chainId, vote }] of ballots.entries()) {
      // Its neighbours are in memory when it is asked for, and itself when it is asked for again.
      for (const again of [vote, { ...vote, timestamp: 8n }]) {
        assert.deepEqual(voteSignBytes(chainId, again), encoded(chainId, again), `ballot ${i}`);
      }
    }
  }
});

test("a chain id that no chain can have is refused", () => {
  const vote = { type: 1, height: 1, round: 0, blockId: ZERO_BLOCK_ID, timestamp: 0n };
  assert.throws(() => voteSignBytes("x".repeat(20_000), vote), RangeError);
});
