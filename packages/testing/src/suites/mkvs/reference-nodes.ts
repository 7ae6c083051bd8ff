import assert from "node:assert/strict";
import {
  bitAt,
  bytesOfBits,
  commonBits,
  encodeNode,
  hashBytes,
  internalHash,
  leafHash,
  makeInternal,
  mergeBits,
  packedFromHex,
  packedToHex,
  sliceBits,
  withBit,
} from "@wadi/mkvs";
import { toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Bit = 0 | 1;
interface Cases<T> {
  readonly cases: readonly T[];
}
interface File {
  readonly leaf_hash: { readonly key: string; readonly value: string; readonly hash: string };
  readonly internal_hash: {
    readonly label: string;
    readonly label_bit_length: number;
    readonly leaf_hash_of: string;
    readonly left_hash_of: string;
    readonly right_hash_of: string;
    readonly hash: string;
  };
  readonly depth: readonly { readonly bits: number; readonly bytes?: number; readonly encoded_hex?: string }[];
  readonly set_bit: readonly (readonly [string, number, Bit, string])[];
  readonly append_bit: Cases<readonly [string, number, Bit, string]>;
  readonly split: Cases<readonly [string, number, number, string, string]>;
  readonly merge: Cases<readonly [string, number, string, number, string]>;
  readonly common_prefix_len: Cases<readonly [string, number, string, number, number]>;
}

const p = packedFromHex;
const h = (text: string): string => hashBytes(utf8(text));

function hashes(r: Recorder, { leaf_hash: leaf, internal_hash: internal }: File): void {
  r.case("leaf hash", () => assert.equal(packedToHex(leafHash(leaf.key, leaf.value)), leaf.hash));
  r.case("internal hash", () => {
    const { label, label_bit_length: bits, leaf_hash_of, left_hash_of, right_hash_of } = internal;
    const hash = internalHash(label, bits, h(leaf_hash_of), h(left_hash_of), h(right_hash_of));
    assert.equal(packedToHex(hash), internal.hash);
  });
}

function bitStrings(r: Recorder, file: File): void {
  for (const { bits, bytes, encoded_hex: encoded } of file.depth) {
    r.case(`depth of ${bits} bits`, () => {
      if (bytes !== undefined) assert.equal(bytesOfBits(bits), bytes);
      if (encoded === undefined) return;
      const node = makeInternal("\0".repeat(bytesOfBits(bits)), bits, null, null, null);
      assert.equal(toHex(encodeNode(node, "full").subarray(1, 3)), encoded);
    });
  }
  for (const [key, index, bit, result] of file.set_bit) {
    r.case(`set bit ${index} of ${key} to ${bit}`, () => {
      const changed = withBit(p(key), index, bit);
      assert.equal(packedToHex(changed + p(key).substring(changed.length)), result);
      assert.equal(bitAt(p(result), index), bit);
    });
  }
  for (const [key, bits, bit, result] of file.append_bit.cases) {
    r.case(`append ${bit} to ${bits} bits of ${key}`, () =>
      assert.equal(packedToHex(withBit(p(key), bits, bit)), result),
    );
  }
}

function cutting(r: Recorder, file: File): void {
  for (const [key, at, bits, prefix, suffix] of file.split.cases) {
    r.case(`split ${bits} bits of ${key} at ${at}`, () => {
      assert.equal(packedToHex(sliceBits(p(key), 0, at)), prefix);
      assert.equal(packedToHex(sliceBits(p(key), at, bits - at)), suffix);
    });
  }
  for (const [a, aBits, b, bBits, result] of file.merge.cases) {
    r.case(`merge ${aBits} bits of ${a} and ${bBits} bits of ${b}`, () => {
      assert.equal(packedToHex(mergeBits(p(a), aBits, p(b), bBits)), result);
    });
  }
  for (const [a, aBits, b, bBits, result] of file.common_prefix_len.cases) {
    r.case(`common prefix of ${aBits} bits of ${a} and ${bBits} bits of ${b}`, () => {
      assert.equal(commonBits(p(a), 0, p(b), 0, Math.min(aBits, bBits)), result);
    });
  }
}

/** Bit strings and node hashes of the reference's own unit tests. */
export const suite: Suite = {
  file: "mkvs/reference-nodes",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/reference-nodes");
    if (!file) return;
    hashes(r, file);
    bitStrings(r, file);
    cutting(r, file);
  },
};
