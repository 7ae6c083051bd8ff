import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeCbor, isDecodeError } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import { EPOCH_INVALID, EpochTime } from "./epoch.ts";
import { Hash } from "./hash.ts";
import { parsePublicKey, PublicKey, RawProof, RawSignature, X25519PublicKey } from "./keys.ts";
import { Namespace } from "./namespace.ts";

test("a namespace may have the two known flags and no others", () => {
  for (const flags of ["00", "40", "80", "c0"]) {
    const value = flags.padEnd(64, "0");
    assert.equal(decodeCbor(Namespace, fromHex(`5820${value}`)), value);
  }
  const reserved = ["01", "20", "c1", "0001", "00000000000000ff"].map((flags) => flags.padEnd(64, "0"));
  for (const value of reserved) {
    assert.throws(() => decodeCbor(Namespace, fromHex(`5820${value}`)), /malformed namespace/, value);
    assert.throws(() => decodeJson(Namespace, JSON.stringify(value)), isDecodeError, value);
  }
});

test("a list of integers bypasses length and flag checks", () => {
  assert.equal(decodeCbor(Namespace, fromHex("811818")), "18".padEnd(64, "0"));
  assert.equal(decodeCbor(Hash, fromHex("80")), "0".repeat(64));
  assert.deepEqual(
    decodeCbor(RawSignature, fromHex("8101")),
    Uint8Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0)),
  );
});

test("byte strings of another length are refused with the text of their type", () => {
  const cases = [
    [Hash, "hash: malformed hash"],
    [Namespace, "malformed namespace"],
    [PublicKey, "signature: malformed public key"],
    [RawSignature, "signature: malformed signature"],
    [X25519PublicKey, "malformed public key"],
    [RawProof, "malformed proof"],
  ] as const;
  for (const [schema, text] of cases) {
    for (const hex of ["40", `581f${"00".repeat(31)}`, `5821${"00".repeat(33)}`]) {
      assert.throws(() => decodeCbor<unknown>(schema, fromHex(hex)), new RegExp(text), `${schema.name} ${hex}`);
    }
  }
});

test("public key texts", () => {
  const text = "gTMA+BCeYyOfqfd+yZ5lukzjk9E01n4a9gtH2lQXmx0=";
  assert.equal(decodeJson(PublicKey, JSON.stringify(text)), parsePublicKey(text));
  for (const bad of ["", "AAAA", "%", text.slice(0, -1)]) assert.throws(() => parsePublicKey(bad), isDecodeError, bad);
});

test("the invalid epoch survives", () => {
  assert.equal(toHex(encodeCbor(EpochTime, EPOCH_INVALID)), "1bffffffffffffffff");
  assert.equal(decodeJson(EpochTime, "18446744073709551615"), EPOCH_INVALID);
});
