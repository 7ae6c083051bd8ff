import assert from "node:assert/strict";
import { decodeWal, decodeWalRecord, encodeWalRecord, isWalFault, type WalRecord } from "@wadi/comet-core";
import { SignedMsgType } from "@wadi/comet-types";
import { fromHex, must, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalHex } from "./shared.ts";

interface WalVector {
  readonly file: string;
  readonly records: readonly { readonly name: string; readonly record: string }[];
  readonly negative: readonly {
    readonly name: string;
    readonly record: string;
    readonly corruption: boolean;
    readonly error: string;
  }[];
}

/** 2026-01-02T03:04:05.123456789Z */
const TIME = 1_767_323_045_123_456_789n;

/** What each record says. */
const contents: readonly ((record: WalRecord) => boolean)[] = [
  (r) => r.kind === "end-height" && r.height === 0,
  (r) => r.kind === "step" && r.height === 7 && r.round === 0 && r.step === 3,
  (r) => r.kind === "timeout" && r.timeout.durationMs === 3000 && r.timeout.height === 7 && r.timeout.step === 3,
  (r) => r.kind === "message" && r.peer === "" && r.message.kind === "vote" && r.message.vote.blockId.hash === "",
  (r) => r.kind === "message" && r.peer.length === 40 && r.message.kind === "vote",
  (r) => r.kind === "end-height" && r.height === 7,
];

export const suite: Suite = {
  file: "cometbft/wal",
  run(r) {
    const vector = must(loadVector<WalVector>("cometbft/wal"));
    for (const [i, { name, record }] of vector.records.entries()) {
      r.case(name, () => {
        const decoded = must(decodeWalRecord(fromHex(record)));
        assert.ok(!isWalFault(decoded));
        assert.equal(decoded.time, TIME);
        assert.ok(must(contents[i])(decoded.record), "content");
        if (decoded.record.kind === "message" && decoded.record.message.kind === "vote") {
          assert.equal(decoded.record.message.vote.type, SignedMsgType.prevote);
        }
        equalHex(encodeWalRecord(decoded.record, decoded.time), record, "encoding");
      });
    }
    r.case("the whole file", () => {
      const { records, fault } = decodeWal(fromHex(vector.file));
      assert.equal(fault, undefined);
      assert.deepEqual(
        records.map(({ record, time }) => toHex(encodeWalRecord(record, time))),
        vector.records.map(({ record }) => record),
      );
    });
    for (const { name, record, corruption, error } of vector.negative) {
      r.case(name, () => {
        const decoded = decodeWalRecord(fromHex(record));
        assert.equal(decoded !== undefined && isWalFault(decoded), corruption, "corruption");
        if (!corruption) return assert.equal(decoded, undefined, "end of the log");
        // A short read of the reference tells the checksum of what it got; here the length is checked first.
        const text = /\[(checksums|length)/.test(error) && name !== "truncated data" ? error.slice(20, -1) : undefined;
        const { reason, offset } = must(decoded) as { readonly reason: string; readonly offset: number };
        assert.equal(offset, 0);
        if (text !== undefined) assert.equal(reason, text);
      });
    }
  },
};
