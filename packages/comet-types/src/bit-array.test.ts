import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { BitArray } from "./bit-array.ts";
import { ErrInvalid } from "./errors.ts";
import { BitArrayMessage } from "./wire/basics.ts";

const bits = fc.array(fc.boolean(), { maxLength: 200 });
const read = (array: BitArray): boolean[] => Array.from({ length: array.size }, (_, i) => array.get(i));

describe("bit arrays", () => {
  it("goes through its message unchanged", () => {
    fc.assert(
      fc.property(bits, (list) => {
        const array = BitArray.from(list);
        const message = BitArrayMessage.decode(BitArrayMessage.encode(array.toMessage()));
        assert.deepEqual(read(BitArray.fromMessage(message, 200)), list);
        assert.deepEqual(
          [...array.ones()],
          list.flatMap((bit, i) => (bit ? [i] : [])),
        );
        assert.equal(array.isFull(), list.every(Boolean));
      }),
    );
  });

  it("subtracts", () => {
    fc.assert(
      fc.property(bits, bits, (a, b) => {
        assert.deepEqual(
          read(BitArray.from(a).minus(BitArray.from(b))),
          a.map((bit, i) => bit && b[i] !== true),
        );
      }),
    );
  });

  it("counts and finds what another array lacks", () => {
    fc.assert(
      fc.property(bits, bits, (a, b) => {
        const [ours, theirs] = [BitArray.from(a), BitArray.from(b)];
        const lacking = [...ours.minus(theirs).ones()];
        assert.equal(ours.countBeyond(theirs), lacking.length);
        const found = lacking.map((_, rank) => ours.nthBeyond(theirs, rank));
        assert.deepEqual(found, lacking);
        assert.equal(ours.nthBeyond(theirs, lacking.length), -1);
      }),
    );
  });

  it("refuses messages that are too large or do not fit their size", () => {
    const refused = (message: BitArrayMessage, max = 10_000): void =>
      assert.throws(
        () => BitArray.fromMessage(message, max),
        (e) => isError(e, ErrInvalid),
      );
    refused({ bits: 65, elems: [0n] });
    refused({ bits: 64, elems: [] });
    refused({ bits: 0, elems: [1n] });
    refused({ bits: -1, elems: [] });
    refused({ bits: 10_001, elems: [] });
    refused({ bits: Number.MAX_SAFE_INTEGER, elems: [] });
    assert.deepEqual(BitArray.fromMessage({ bits: 2, elems: [(1n << 64n) - 1n] }, 2).toMessage().elems, [3n]);
  });

  it("keeps copies apart and guards its ends", () => {
    const array = new BitArray(3);
    const copy = array.copy();
    copy.set(2, true);
    copy.set(2, false);
    copy.set(1, true);
    assert.deepEqual(
      [read(array), read(copy)],
      [
        [false, false, false],
        [false, true, false],
      ],
    );
    assert.equal(array.get(-1) || array.get(3), false);
    assert.throws(() => array.set(3, true), RangeError);
    assert.throws(() => new BitArray(-1), RangeError);
  });
});
