import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isError, must, utf8 } from "@wadi/util";
import { ErrInvalid, ErrInvalidProof, ErrPartSetInvalidProof, ErrPartSetUnexpectedIndex } from "./errors.ts";
import { BLOCK_PART_SIZE, MAX_BLOCK_PARTS, PartSet, validatePart } from "./part-set.ts";
import type { Part } from "./wire/basics.ts";

const data = utf8("abcdefghijklmnopq");
const complete = PartSet.fromData(data, 4);
const parts = Array.from({ length: 5 }, (_, i) => must(complete.part(i)));

describe("part sets", () => {
  it("is rebuilt from parts in any order", () => {
    const order = fc.shuffledSubarray(parts, { minLength: parts.length });
    fc.assert(
      fc.property(order, (shuffled) => {
        const set = new PartSet(complete.header);
        for (const [i, part] of shuffled.entries()) {
          assert.equal(set.isComplete, false);
          assert.equal(set.count, i);
          assert.equal(set.add(part), true);
        }
        assert.ok(set.isComplete);
        assert.equal(set.byteSize, data.length);
        assert.deepEqual(set.data(), data);
        assert.ok(set.present().isFull());
      }),
    );
  });

  it("refuses parts of another place, total or content, and stays as it was", () => {
    const part = must(parts[2]);
    const other = must(parts[3]);
    const bad: readonly Part[] = [
      { ...part, bytes: utf8("ijkX") },
      { ...part, index: 3 },
      { ...part, proof: other.proof },
      { ...part, proof: { ...part.proof, total: 4 } },
      { ...part, proof: { ...part.proof, total: 6 } },
      { ...part, proof: { ...part.proof, aunts: part.proof.aunts.slice(1) } },
      { ...part, proof: { ...part.proof, index: -2 } },
    ];
    const set = new PartSet(complete.header);
    for (const [i, item] of bad.entries()) {
      assert.throws(
        () => set.add(item),
        (e) => isError(e, ErrPartSetInvalidProof),
        `part ${i}`,
      );
    }
    assert.throws(
      () => set.add({ ...part, index: 5 }),
      (e) => isError(e, ErrPartSetUnexpectedIndex),
    );
    assert.equal(set.count, 0);
    assert.throws(() => set.data(), RangeError);
    set.add(part);
    assert.equal(set.add(must(bad[0])), false, "a part that is there is not looked at again");
  });

  it("proves a total that a shorter tree would prove as well", () => {
    // The first leaf of four has the same aunts as the first of three: only the total tells them apart.
    const four = PartSet.fromData(data.subarray(0, 16), 4);
    const first = must(four.part(0));
    const set = new PartSet({ ...four.header, total: 3 });
    const forged = { ...first, proof: { ...first.proof, total: 3 } };
    assert.equal(set.add(forged), true, "valid for a header that claims three parts");
    assert.throws(
      () => new PartSet(four.header).add(forged),
      (e) => isError(e, ErrPartSetInvalidProof),
    );
  });

  it("does not make room for more parts than a block has", () => {
    for (const total of [MAX_BLOCK_PARTS + 1, 2 ** 32 - 1]) {
      assert.throws(
        () => new PartSet({ ...complete.header, total }),
        (e) => isError(e, ErrInvalid),
      );
    }
  });

  it("checks parts by themselves", () => {
    const [big] = [PartSet.fromData(new Uint8Array(BLOCK_PART_SIZE * 2 + 1))];
    const first = must(big.part(0));
    const last = must(big.part(2));
    validatePart(first);
    validatePart(last);
    const refused = (part: Part, text: RegExp): void =>
      assert.throws(
        () => validatePart(part),
        (e) =>
          text.test((e as Error).message) && isError(e, text.source.includes("Proof") ? ErrInvalidProof : ErrInvalid),
      );
    refused({ ...last, bytes: new Uint8Array(BLOCK_PART_SIZE + 1) }, /too big/);
    refused({ ...first, bytes: new Uint8Array(BLOCK_PART_SIZE - 1) }, /inner part with invalid size/);
    refused({ ...last, index: 3 }, /part index 3 != proof index 2/);
    refused({ ...last, proof: { ...last.proof, leafHash: new Uint8Array(31) } }, /wrong Proof: expected LeafHash size/);
  });
});
