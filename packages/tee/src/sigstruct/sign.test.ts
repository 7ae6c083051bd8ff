import assert from "node:assert/strict";
import { createPublicKey, sign } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { toHex } from "@wadi/util";

import { isTeeError, TeeError } from "../errors.ts";
import { rsaKeyPair } from "../testing/certificates.ts";
import { FORTANIX_DUMMY_MR_SIGNER } from "../trust.ts";
import { fortanixDummyKey } from "./fortanix-dummy-key.ts";
import { signedBytes } from "./layout.ts";
import { BLANK_SIGSTRUCT, debugSigstruct, signSigstruct, withSignature } from "./sign.ts";
import { mrEnclaveOfSgxs, type Sigstruct, unsignedSigstruct, verifySigstruct } from "./sigstruct.ts";

const key = fortanixDummyKey();

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat({ max: 2 ** 32 - 1 });
const plain = { noNullPrototype: true } as const;
const attributes = fc.record({ flags: u64, xfrm: u64 }, plain);
const buildDate = fc.record(
  {
    year: fc.integer({ min: 0, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
  },
  plain,
);
const fields: fc.Arbitrary<Sigstruct> = fc.record(
  {
    buildDate,
    swDefined: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
    miscSelect: u32,
    miscSelectMask: u32,
    attributes,
    attributesMask: attributes,
    enclaveHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
    isvProdId: fc.nat({ max: 65_535 }),
    isvSvn: fc.nat({ max: 65_535 }),
  },
  plain,
);

test("what was signed reads back and verifies, and signing again gives the same bytes", () => {
  fc.assert(
    fc.property(fields, (sigstruct) => {
      const bytes = signSigstruct(sigstruct, key);
      const verified = verifySigstruct(bytes);
      assert.deepEqual(verified.sigstruct, sigstruct);
      assert.equal(verified.mrSigner, FORTANIX_DUMMY_MR_SIGNER);
      assert.equal(toHex(signSigstruct(sigstruct, key)), toHex(bytes));
    }),
    { numRuns: 20 },
  );
});

test("a signature made elsewhere fits only what it was made for", () => {
  const signature = new Uint8Array(sign("sha256", signedBytes(unsignedSigstruct(BLANK_SIGSTRUCT)), key));
  const publicKey = createPublicKey(key);
  assert.equal(toHex(withSignature(BLANK_SIGSTRUCT, signature, publicKey)), toHex(signSigstruct(BLANK_SIGSTRUCT, key)));
  const refuse = (run: () => unknown): void => assert.throws(run, (e) => isTeeError(e, "sigstructSignature"));
  refuse(() => withSignature({ ...BLANK_SIGSTRUCT, isvSvn: 1 }, signature, publicKey));
  refuse(() => withSignature(BLANK_SIGSTRUCT, signature.subarray(1), publicKey));
  refuse(() => withSignature(BLANK_SIGSTRUCT, new Uint8Array(384).fill(0xff), publicKey));
});

test("keys of another size or exponent are refused", () => {
  assert.throws(
    () => signSigstruct(BLANK_SIGSTRUCT, rsaKeyPair()),
    (e) => isTeeError(e, "sigstructKey"),
  );
});

test("days that do not exist are refused", () => {
  const days = [
    [2023, 2, 29],
    [1900, 2, 29],
    [2024, 4, 31],
    [2024, 13, 1],
    [2024, 0, 1],
    [2024, 1, 0],
    [10_000, 1, 1],
    [2024, 1, 1.5],
  ] as const;
  for (const [year, month, day] of days) {
    const buildDate = { year, month, day };
    assert.throws(
      () => unsignedSigstruct({ ...BLANK_SIGSTRUCT, buildDate }),
      (e) => isTeeError(e, "sigstructDate"),
    );
  }
  unsignedSigstruct({ ...BLANK_SIGSTRUCT, buildDate: { year: 2024, month: 2, day: 29 } });
});

test("every bit that is signed or derived counts", () => {
  const bytes = debugSigstruct(Uint8Array.of(1, 2, 3), key);
  assert.equal(verifySigstruct(bytes).sigstruct.enclaveHash, mrEnclaveOfSgxs(Uint8Array.of(1), Uint8Array.of(2, 3)));
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte));
    if (at >= 1028 && at < 1040) verifySigstruct(changed);
    else assert.throws(() => verifySigstruct(changed), TeeError, `byte ${at}`);
  }
});
