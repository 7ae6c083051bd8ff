import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeCbor, encodeJson, isDecodeError, map, u8 } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import { EnclaveIdentity, enclaveIdentityFromHex, mrEnclaveOf, mrSignerOf } from "./enclave-identity.ts";

const identity = (enclave: string, signer: string): EnclaveIdentity =>
  enclaveIdentityFromHex(enclave.repeat(32) + signer.repeat(32));
const cbor = (enclave: string, signer: string): string =>
  `a2696d725f7369676e65725820${signer.repeat(32)}6a6d725f656e636c6176655820${enclave.repeat(32)}`;

test("the identity is one string here and a map on the wire", () => {
  const value = identity("01", "02");
  assert.equal(toHex(encodeCbor(EnclaveIdentity, value)), cbor("01", "02"));
  assert.equal(decodeCbor(EnclaveIdentity, fromHex(cbor("01", "02"))), value);
  assert.equal(mrEnclaveOf(value), "01".repeat(32));
  assert.equal(mrSignerOf(value), "02".repeat(32));
});

test("as keys, identities are ordered by their encoding: signer first", () => {
  const policies = new Map([
    [identity("01", "02"), 1],
    [identity("02", "01"), 2],
  ]);
  const schema = map(EnclaveIdentity, u8);
  const encoded = encodeCbor(schema, policies);
  assert.equal(toHex(encoded), `a2${cbor("02", "01")}02${cbor("01", "02")}01`);
  assert.deepEqual(decodeCbor(schema, encoded), policies);
  const json = encodeJson(schema, policies);
  assert.deepEqual(decodeJson(schema, json), policies);
  // In JSON the order is that of the texts, which begin with the enclave.
  assert.ok(json.indexOf("AQEB") < json.indexOf("AgIC"));
});

test("texts of another length or alphabet are refused", () => {
  for (const text of ['""', '"AAAA"', '"%"', "5"]) {
    assert.throws(() => decodeJson(EnclaveIdentity, text), isDecodeError, text);
  }
  for (const hex of ["", "00".repeat(63), "0g".repeat(64)]) {
    assert.throws(() => enclaveIdentityFromHex(hex), isDecodeError, hex);
  }
  assert.equal(enclaveIdentityFromHex("AB".repeat(64)), "ab".repeat(64));
});
