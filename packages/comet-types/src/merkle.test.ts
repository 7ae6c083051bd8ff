import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, isError, must, toHex, utf8 } from "@wadi/util";
import { ErrInvalidProof } from "./errors.ts";
import { merkleProofs, merkleRoot, validateProof, verifyProof } from "./merkle.ts";
import { sha256 } from "./sha256.ts";
import { Proof } from "./wire/basics.ts";

const items = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 70 });

/** RFC 6962 written as a level-free recursion over hex, to compare with. */
function plainRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return sha256(concatBytes(Uint8Array.of(0), first));
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256(concatBytes(Uint8Array.of(1), plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split))));
}

const refused = (check: () => void, what: string): void =>
  assert.throws(check, (e) => isError(e, ErrInvalidProof), what);

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

describe("merkle trees", () => {
  it("has the root of the plain definition", () => {
    fc.assert(fc.property(items, (leaves) => assert.equal(toHex(merkleRoot(leaves)), toHex(plainRoot(leaves)))));
  });

  it("proves every item, and only at its place", () => {
    fc.assert(
      fc.property(items, (leaves) => {
        const { root, proofs } = merkleProofs(leaves);
        assert.equal(toHex(root), toHex(merkleRoot(leaves)));
        for (const [i, proof] of proofs.entries()) {
          validateProof(proof);
          verifyProof(proof, root, must(leaves[i]));
          assert.deepEqual(Proof.decode(Proof.encode(proof)), proof);
          refused(() => verifyProof({ ...proof, index: leaves.length }, root, must(leaves[i])), "index beyond total");
        }
      }),
      { numRuns: 40 },
    );
  });

  it("refuses every flipped bit of leaf, aunts, root and item", () => {
    for (const n of [1, 2, 3, 6]) {
      const leaves = Array.from({ length: n }, (_, i) => utf8(`item ${i}`));
      const { root, proofs } = merkleProofs(leaves);
      for (const [i, proof] of proofs.entries()) {
        const item = must(leaves[i]);
        for (let bit = 0; bit < 256; bit++) {
          refused(() => verifyProof(proof, flipped(root, bit), item), `root bit ${bit}`);
          refused(
            () => verifyProof({ ...proof, leafHash: flipped(proof.leafHash, bit) }, root, item),
            `leaf bit ${bit}`,
          );
          for (const [a, aunt] of proof.aunts.entries()) {
            const aunts = proof.aunts.with(a, flipped(aunt, bit));
            refused(() => verifyProof({ ...proof, aunts }, root, item), `aunt ${a} bit ${bit}`);
          }
        }
        for (let bit = 0; bit < item.length * 8; bit++) {
          refused(() => verifyProof(proof, root, flipped(item, bit)), `item bit ${bit}`);
        }
        for (let index = 0; index < n; index++) {
          if (index !== i) refused(() => verifyProof({ ...proof, index }, root, item), `index ${index}`);
        }
      }
    }
  });

  it("ends on totals that no tree has", () => {
    const { root, proofs } = merkleProofs([utf8("a"), utf8("b")]);
    for (const total of [3, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      const proof = { ...must(proofs[1]), total, index: total - 1 };
      refused(() => verifyProof({ ...proof, aunts: [] }, root, utf8("b")), `no aunts for ${total}`);
      const aunts = Array.from({ length: 100 }, () => root);
      refused(() => verifyProof({ ...proof, aunts }, root, utf8("b")), `too many aunts for ${total}`);
    }
  });
});
