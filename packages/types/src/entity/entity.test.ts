import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, isDecodeError } from "@wadi/codec";
import { bindContext, signatureContexts, SignatureVerifier, testSigner } from "@wadi/crypto";
import { fromHex, toHex } from "@wadi/util";

import { openSigned } from "../signature/signed.ts";
import { Entity, SignedEntity } from "./entity.ts";

const key = "11".repeat(32);
const v1 = (rest = ""): string => `a${rest === "" ? 2 : 3}6176016269645820${key}${rest}`;
const flag = (value: "f4" | "f5"): string => `7819616c6c6f775f656e746974795f7369676e65645f6e6f646573${value}`;

test("version 1 is read as version 2", () => {
  for (const bytes of [v1(), v1(flag("f4"))]) {
    const entity = decodeCbor(Entity, fromHex(bytes));
    assert.deepEqual(entity, { v: 2, id: key, nodes: [] });
    assert.equal(toHex(encodeCbor(Entity, entity)), `a26176026269645820${key}`);
  }
});

test("version 1 with the retired flag, other versions and no version are refused", () => {
  assert.throws(() => decodeCbor(Entity, fromHex(v1(flag("f5")))), /allow_entity_signed_nodes/);
  assert.throws(() => decodeCbor(Entity, fromHex(`a26176036269645820${key}`)), /invalid entity descriptor version: 3/);
  assert.throws(() => decodeCbor(Entity, fromHex(`a16269645820${key}`)), /missing or invalid version/);
});

test("an unknown member is refused even where unknown members are ignored", () => {
  assert.throws(() => decodeCbor(Entity, fromHex(`a36176026178006269645820${key}`), "rpc"), isDecodeError);
});

test("a signed version 1 blob opens and keeps its bytes", () => {
  const signer = testSigner("an entity");
  const context = bindContext(signatureContexts.registerEntity);
  const untrustedRawValue = fromHex(`a26176016269645820${signer.publicKey}`);
  const signature = { publicKey: signer.publicKey, signature: signer.sign(context, untrustedRawValue) };
  const encoded = encodeCbor(SignedEntity, { untrustedRawValue, signature });
  const signed = decodeCbor(SignedEntity, encoded);
  assert.equal(openSigned(Entity, signed, context, new SignatureVerifier()).v, 2);
  assert.equal(toHex(encodeCbor(SignedEntity, signed)), toHex(encoded));
});
