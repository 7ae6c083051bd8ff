import assert from "node:assert/strict";
import { Part, PartSet, Proof, sha256, validatePart, validateProof } from "@wadi/comet-types";
import { fromHex, must, toHex, utf8 } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalHex } from "./shared.ts";

interface PartVector {
  readonly aunts: readonly string[];
  readonly index: number;
  readonly leaf_hash: string;
  readonly len: number;
  readonly proof_proto: string;
  readonly sha256: string;
}

interface PartSetVector {
  readonly cases: readonly {
    readonly hash: string;
    readonly size: number;
    readonly total: number;
    readonly parts: readonly PartVector[];
  }[];
  readonly small: {
    readonly hash: string;
    readonly part_protos: readonly string[];
    readonly part_size: number;
    readonly total: number;
  };
}

const pattern = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7 + Math.floor(i / 251)) % 256);

function checkPart(part: Part, expected: PartVector): void {
  assert.equal(part.index, expected.index);
  assert.equal(part.bytes.length, expected.len);
  assert.equal(toHex(sha256(part.bytes)), expected.sha256);
  equalHex(part.proof.leafHash, expected.leaf_hash);
  assert.deepEqual(part.proof.aunts.map(toHex), expected.aunts);
  equalHex(Proof.encode(part.proof), expected.proof_proto);
  assert.deepEqual(Proof.decode(fromHex(expected.proof_proto)), part.proof);
  validatePart(part);
}

/** Sends all parts into an empty set with this header, last one first. */
function refill(complete: PartSet, parts: readonly Part[]): PartSet {
  const set = new PartSet(complete.header);
  for (const part of parts.toReversed()) {
    assert.equal(set.add(part), true);
    assert.equal(set.add(part), false, "a part counts once");
  }
  assert.ok(set.isComplete);
  return set;
}

export const suite: Suite = {
  file: "cometbft/part_set",
  run(r) {
    const vector = must(loadVector<PartSetVector>("cometbft/part_set"));
    for (const { size, total, hash, parts } of vector.cases) {
      r.case(`${size} bytes`, () => {
        const data = pattern(size);
        const set = PartSet.fromData(data);
        assert.deepEqual(set.header, { total, hash });
        assert.equal(parts.length, total);
        for (const expected of parts) checkPart(must(set.part(expected.index)), expected);
        const copy = refill(
          set,
          parts.map(({ index }) => must(set.part(index))),
        );
        assert.deepEqual(copy.data(), data);
      });
    }
    r.case("small parts", () => {
      const { hash, total, part_protos: forms, part_size: partSize } = vector.small;
      const data = utf8("abcdefghij");
      const set = PartSet.fromData(data, partSize);
      assert.deepEqual(set.header, { total, hash });
      const parts = forms.map((form, i) => {
        const part = Part.decode(fromHex(form));
        assert.deepEqual(part, { ...must(set.part(i)), bytes: new Uint8Array(must(set.part(i)).bytes) });
        equalHex(Part.encode(part), form);
        validateProof(part.proof);
        return part;
      });
      assert.deepEqual(refill(set, parts).data(), data);
    });
  },
};
