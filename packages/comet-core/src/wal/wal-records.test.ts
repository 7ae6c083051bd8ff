import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SignedMsgType, ZERO_BLOCK_ID, type ConsensusAddress } from "@wadi/comet-types";
import { concatBytes, isError } from "@wadi/util";
import { RoundStep } from "../rounds/step.ts";
import type { WalRecord } from "../rounds/types.ts";
import { ErrWalRecordTooBig } from "./errors.ts";
import { decodeWal, decodeWalRecord, encodeWalRecord, isWalFault } from "./wal-records.ts";

const TIME = 1_767_225_600_123_456_789n;

const plain = { noNullPrototype: true } as const;
const height = fc.integer({ min: 0, max: 2 ** 40 });
const round = fc.integer({ min: 0, max: 1000 });
const step = fc.constantFrom(...Object.values(RoundStep));
const record: fc.Arbitrary<WalRecord> = fc.oneof(
  height.map((h): WalRecord => ({ kind: "end-height", height: h })),
  fc.record({ kind: fc.constant("step" as const), height, round, step }, plain),
  fc.record({
    kind: fc.constant("timeout" as const),
    timeout: fc.record({ durationMs: fc.integer({ min: 0, max: 1e6 }), height, round, step }, plain),
  }),
  fc
    .record({
      height: fc.integer({ min: 1, max: 1e9 }),
      round,
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    })
    .map((vote): WalRecord => ({
      kind: "message",
      peer: "ab".repeat(20),
      message: {
        kind: "vote",
        vote: {
          ...vote,
          type: SignedMsgType.precommit,
          blockId: ZERO_BLOCK_ID,
          timestamp: TIME,
          validatorAddress: "cd".repeat(20) as ConsensusAddress,
          validatorIndex: 3,
        },
      },
    })),
);

test("records decode to what was encoded, one after the other", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const bytes = concatBytes(...records.map((one) => encodeWalRecord(one, TIME)));
      const decoded = decodeWal(bytes);
      assert.equal(decoded.fault, undefined);
      for (const [i, one] of decoded.records.entries()) {
        assert.deepEqual({ ...one.record }, { ...(records[i] as WalRecord) });
      }
      assert.equal(decoded.records.length, records.length);
    }),
  );
});

test("a log cut anywhere gives the whole records before the cut, and the rest is torn", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (records, at) => {
      const pieces = records.map((one) => encodeWalRecord(one, TIME));
      const bytes = concatBytes(...pieces);
      const length = at % bytes.length;
      const { records: found, fault } = decodeWal(bytes.subarray(0, length));
      let end = 0;
      let whole = 0;
      for (const piece of pieces) {
        if (end + piece.length > length) break;
        end += piece.length;
        whole++;
      }
      assert.equal(found.length, whole);
      if (end === length) assert.equal(fault, undefined);
      else assert.deepEqual({ kind: fault?.kind, offset: fault?.offset }, { kind: "torn", offset: end });
    }),
  );
});

test("no flipped bit passes for a record", () => {
  const bytes = encodeWalRecord({ kind: "end-height", height: 77 }, TIME);
  const behind = encodeWalRecord({ kind: "end-height", height: 78 }, TIME);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = concatBytes(bytes, behind);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    const decoded = decodeWalRecord(damaged);
    assert.ok(decoded !== undefined && isWalFault(decoded), `bit ${bit}`);
  }
});

test("a damaged record in front of others is corrupt, the last one is torn, zeros are torn", () => {
  const bytes = encodeWalRecord({ kind: "end-height", height: 5 }, TIME);
  const damaged = bytes.slice();
  damaged[damaged.length - 1] = 9;
  assert.equal(decodeWal(concatBytes(damaged, bytes)).fault?.kind, "corrupt");
  assert.equal(decodeWal(concatBytes(bytes, damaged)).fault?.kind, "torn");
  const grown = decodeWal(concatBytes(bytes, new Uint8Array(4096)));
  assert.deepEqual([grown.records.length, grown.fault?.kind, grown.fault?.offset], [1, "torn", bytes.length]);
});

test("any bytes decode to records and a fault, without a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const { records, fault } = decodeWal(bytes);
      assert.ok(fault === undefined ? (records.at(-1)?.end ?? 0) === bytes.length : fault.offset <= bytes.length);
    }),
  );
});

test("a record above the limit is refused when it is written", () => {
  const part = {
    index: 0,
    bytes: new Uint8Array(1 << 20),
    proof: { total: 1, index: 0, leafHash: new Uint8Array(32), aunts: [] },
  };
  const message = { kind: "block-part", part: { height: 1, round: 0, part } } as const;
  assert.throws(
    () => encodeWalRecord({ kind: "message", peer: "", message }, TIME),
    (e) => isError(e, ErrWalRecordTooBig),
  );
});
