import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import { SGXAttestation, SGXConstraints } from "./sgx.ts";

test("unversioned constraints become an IAS policy and are written as they were", () => {
  const bytes = "a176616c6c6f7765645f71756f74655f73746174757365738107";
  const constraints = decodeCbor(SGXConstraints, fromHex(bytes));
  assert.equal(constraints.v, 0);
  assert.deepEqual(constraints.policy?.ias?.allowedQuoteStatuses, [7]);
  assert.equal(constraints.policy?.pcs, null);
  assert.equal(toHex(encodeCbor(SGXConstraints, constraints)), bytes);
});

test("constraints without any member are version 0", () => {
  const constraints = decodeCbor(SGXConstraints, fromHex("a0"));
  assert.equal(constraints.v, 0);
  assert.equal(toHex(encodeCbor(SGXConstraints, constraints)), "a0");
});

test("an explicit version 0 is an unknown member, later versions are refused", () => {
  assert.throws(() => decodeCbor(SGXConstraints, fromHex("a1617600")), /unknown field|version: 0/);
  assert.throws(() => decodeCbor(SGXConstraints, fromHex("a1617602")), /invalid SGX constraints version: 2/);
  assert.throws(() => decodeCbor(SGXAttestation, fromHex("a1617602")), /invalid SGX attestation version: 2/);
});

test("version 1 constraints keep an absent policy absent", () => {
  const constraints = decodeCbor(SGXConstraints, fromHex("a1617601"));
  assert.deepEqual(constraints, { v: 1, enclaves: [], policy: null, maxAttestationAge: 0n });
  assert.equal(toHex(encodeCbor(SGXConstraints, constraints)), "a1617601");
});

test("an unversioned attestation is a bare AVR bundle", () => {
  const bytes = "a364626f64794101697369676e6174757265f67163657274696669636174655f636861696e40";
  const attestation = decodeCbor(SGXAttestation, fromHex(bytes));
  assert.equal(attestation.v, 0);
  assert.deepEqual(attestation.quote.ias, {
    body: Uint8Array.of(1),
    certificateChain: new Uint8Array(0),
    signature: null,
  });
  assert.equal(toHex(encodeCbor(SGXAttestation, attestation)), bytes);
});
