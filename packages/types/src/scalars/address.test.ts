import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeJson } from "@wadi/codec";
import { addressFromBytes, addressFromText, addressToText } from "@wadi/crypto";
import { fromHex } from "@wadi/util";
import fc from "fast-check";

import { Address } from "./address.ts";
import { formatAddressText, parseAddressText } from "./address-text.ts";

const address = fc.uint8Array({ minLength: 21, maxLength: 21 }).map(addressFromBytes);

test("texts are those of the general code", () => {
  fc.assert(
    fc.property(address, (value) => {
      const text = addressToText(value);
      assert.equal(formatAddressText(value), text);
      assert.equal(parseAddressText(text), value);
      assert.equal(parseAddressText(text.toUpperCase()), value);
    }),
  );
});

const outcome = (parse: (text: string) => string, text: string): string => {
  try {
    return parse(text);
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
};

test("damaged texts have the outcome of the general code", () => {
  const characters = fc.constantFrom(...Array.from("qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1QO \u00e9"));
  fc.assert(
    fc.property(address, fc.nat({ max: 45 }), characters, (value, at, character) => {
      const text = addressToText(value);
      for (const damaged of [text.slice(0, at) + character + text.slice(at + 1), text.slice(0, at), text + character]) {
        assert.equal(outcome(parseAddressText, damaged), outcome(addressFromText, damaged), damaged);
      }
    }),
    { numRuns: 500 },
  );
});

/** Bech32 of five-bit values as BIP-173 describes it. */
function bech32(prefix: string, values: readonly number[]): string {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  const all = [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...values, 0, 0, 0, 0, 0, 0];
  const sum = all.reduce((checksum, value) => {
    const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
    const next = ((checksum & 0x1ffffff) << 5) ^ value;
    return generators.reduce((c, generator, i) => (((checksum >> 25) >> i) & 1 ? c ^ generator : c), next);
  }, 1);
  const checksum = [5, 4, 3, 2, 1, 0].map((i) => ((sum ^ 1) >> (5 * i)) & 31);
  const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  return `${prefix}1${[...values, ...checksum].map((value) => charset[value]).join("")}`;
}

test("padding bits must be zero even with a valid checksum", () => {
  const values = Array.from({ length: 34 }, () => 0);
  assert.equal(parseAddressText(bech32("oasis", values)), Address.zero());
  for (const padding of [1, 2, 3]) {
    const text = bech32("oasis", values.with(33, padding));
    assert.throws(() => decodeJson(Address, JSON.stringify(text)), /invalid incomplete group/, text);
  }
});

test("bytes of another length are refused, lists of integers padded and cut", () => {
  assert.throws(() => decodeCbor(Address, fromHex(`54${"00".repeat(20)}`)), /address: malformed address/);
  assert.equal(decodeCbor(Address, fromHex("8101")), `01${"00".repeat(20)}`);
  assert.equal(encodeJson(Address, Address.zero()), '"oasis1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq0ltrq9"');
});
