import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { isCryptoError, type CryptoErrorKind } from "./errors.ts";
import {
  decodePem,
  decodePublicKeyPem,
  decodeSignaturePem,
  encodePem,
  encodePublicKeyPem,
  encodeSignaturePem,
  readPem,
} from "./pem.ts";
import { testSigner } from "./signer.ts";

const { publicKey } = testSigner("pem test");

function throwsKind(body: () => unknown, kind: CryptoErrorKind): void {
  assert.throws(body, (e) => isCryptoError(e, kind));
}

test("blocks come back, in lines of 64 characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = encodePem("THING", bytes);
      assert.deepEqual(readPem("THING", text), bytes);
      assert.ok(text.endsWith("-----END THING-----\n"));
      for (const line of text.split("\n")) assert.ok(line.length <= 64);
    }),
  );
});

test("a key file holds one block of its type and nothing behind it", () => {
  const text = encodePem("THING", Uint8Array.of(1, 2, 3));
  throwsKind(() => readPem("THING", ""), "pemNoBlock");
  throwsKind(() => readPem("THING", text.replace("END THING", "END OTHER")), "pemNoBlock");
  throwsKind(() => readPem("THING", text.replace("AQID", "A*ID")), "pemNoBlock");
  throwsKind(() => readPem("THING", `${text}x`), "pemTrailing");
  throwsKind(() => readPem("THING", `${text}\n`), "pemTrailing");
  throwsKind(() => readPem("THING", text + text), "pemTrailing");
  throwsKind(() => readPem("OTHER", text), "pemType");
});

test("what other PEM readers let through is let through", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const text = encodePem("THING", bytes);
  assert.deepEqual(readPem("THING", text.slice(0, -1)), bytes, "no last newline");
  assert.deepEqual(readPem("THING", text.replaceAll("\n", "\r\n")), bytes, "line ends of another system");
  assert.deepEqual(readPem("THING", `some words\n${text}`), bytes, "text before");
  assert.deepEqual(readPem("THING", text.replace("AQID", "A QI\tD  ")), bytes, "blanks");
  assert.deepEqual(readPem("THING", text.replace("AQID", "Name: value\n\nAQID")), bytes, "headers");
  assert.deepEqual(decodePem(`-----BEGIN A-----\n*\n-----END A-----\n${text}`)?.bytes, bytes, "a broken block before");
  assert.deepEqual(decodePem("-----BEGIN A-----\n-----END A-----\n")?.bytes, new Uint8Array(0), "an empty block");
  assert.equal(decodePem(`x${text}`), undefined, "not at the start of a line");
  assert.equal(decodePem("-----BEGIN A-----\na: b\n-----END A-----\n"), undefined, "headers and nothing else");
});

test("any text is read or refused without another error", () => {
  const piece = fc.constantFrom(
    "-----BEGIN A-----",
    "-----END A-----",
    "\n",
    "AQID",
    "-----BEGIN ",
    "-----",
    "a: b",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const block = decodePem(pieces.join(""));
      if (block !== undefined) assert.equal(block.type, "A");
    }),
    { numRuns: 1000 },
  );
});

test("a long text without blocks is refused at once", () => {
  for (const piece of ["\n-----END ", "-----BEGIN ", "-----BEGIN A-----\n", " ", "a:b\n", "\n"]) {
    assert.equal(decodePem(piece.repeat(200_000)), undefined, piece);
    assert.equal(decodePem(`-----BEGIN A-----\n${piece.repeat(200_000)}x`), undefined, piece);
  }
});

test("public keys and exported signatures", () => {
  assert.equal(decodePublicKeyPem(encodePublicKeyPem(publicKey)), publicKey);
  throwsKind(() => decodePublicKeyPem(encodePem("ED25519 PUBLIC KEY", new Uint8Array(31))), "malformedPublicKey");
  const signature = new Uint8Array(64).fill(9);
  const text = encodeSignaturePem(publicKey, signature);
  assert.deepEqual(decodeSignaturePem(text), { publicKey, signature });
  throwsKind(() => encodeSignaturePem(publicKey, new Uint8Array(63)), "malformedSignature");
  throwsKind(() => decodeSignaturePem(encodePublicKeyPem(publicKey)), "signaturePem");
  throwsKind(
    () => decodeSignaturePem(encodePem("ED25519 SIGNATURE", signature) + encodePublicKeyPem(publicKey)),
    "signaturePem",
  );
  const short = encodePublicKeyPem(publicKey) + encodePem("ED25519 SIGNATURE", new Uint8Array(65));
  throwsKind(() => decodeSignaturePem(short), "malformedSignature");
});
