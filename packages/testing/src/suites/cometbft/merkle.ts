import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { OasisProof, Proof, merkleProofs, merkleRoot, validateProof, verifyProof } from "@wadi/comet-types";
import { fromHex, must, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalForm, equalHex, refusalText } from "./shared.ts";

interface ProofVector {
  readonly total: number;
  readonly index: number;
  readonly leaf_hash: string;
  readonly aunts: readonly string[];
  readonly proto: string;
  readonly oasis_cbor: string;
}

interface MerkleVector {
  readonly fork: readonly { readonly name: string; readonly items: readonly string[]; readonly root: string }[];
  readonly trees: readonly {
    readonly n: number;
    readonly items: readonly string[];
    readonly root: string;
    readonly proofs?: readonly ProofVector[];
  }[];
  readonly negative: readonly {
    readonly name: string;
    readonly total: string;
    readonly index: string;
    readonly leaf_hash: string;
    readonly aunts: readonly string[];
    readonly item: string;
    readonly root: string;
    readonly error: string;
    readonly validate_basic_error?: string;
  }[];
}

function proofFrom(vector: {
  readonly total: number | string;
  readonly index: number | string;
  readonly leaf_hash: string;
  readonly aunts: readonly string[];
}): Proof {
  const { total, index, leaf_hash: leaf, aunts } = vector;
  return { total: Number(total), index: Number(index), leafHash: fromHex(leaf), aunts: aunts.map(fromHex) };
}

export const suite: Suite = {
  file: "cometbft/merkle",
  run(r) {
    const vector = must(loadVector<MerkleVector>("cometbft/merkle"));
    for (const { name, items, root } of vector.fork) {
      r.case(`fork: ${name}`, () => assert.equal(toHex(merkleRoot(items.map(fromHex))), root));
    }
    for (const { n, items, root, proofs = [] } of vector.trees) {
      const leaves = items.map(fromHex);
      r.case(`tree of ${n}`, () => {
        assert.equal(leaves.length, n);
        equalHex(merkleRoot(leaves), root);
        const made = merkleProofs(leaves);
        equalHex(made.root, root);
        assert.equal(made.proofs.length, n);
        for (const expected of proofs) assert.deepEqual(made.proofs[expected.index], proofFrom(expected));
        // The larger trees list some proofs only: the others must hold all the same.
        for (const [i, proof] of made.proofs.entries()) verifyProof(proof, made.root, must(leaves[i]));
      });
      for (const expected of proofs) {
        r.case(`tree of ${n}, proof ${expected.index}`, () => {
          const proof = proofFrom(expected);
          equalForm(Proof, expected.proto, proof);
          equalHex(encodeCbor(OasisProof, proof), expected.oasis_cbor);
          assert.deepEqual(decodeCbor(OasisProof, fromHex(expected.oasis_cbor)), proof);
          validateProof(proof);
          verifyProof(proof, fromHex(root), must(leaves[expected.index]));
        });
      }
    }
    for (const bad of vector.negative) {
      r.case(`negative: ${bad.name}`, () => {
        const proof = proofFrom(bad);
        const refused = refusalText(() => verifyProof(proof, fromHex(bad.root), fromHex(bad.item)));
        assert.equal(refused, bad.error);
        assert.equal(
          refusalText(() => validateProof(proof)),
          bad.validate_basic_error,
        );
      });
    }
  },
};
