import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, encodeJson, type Schema } from "@wadi/codec";
import {
  Ed25519PrivateKey,
  MemorySigner,
  SignatureVerifier,
  bindContext,
  chainContext,
  hashOf,
  messageDigest,
  namespaceFromHex,
  publicKeyFromBytes,
  registeredContexts,
  signatureContexts,
  testSigner,
  type FullContext,
  type SignatureContext,
  type SignatureItem,
} from "@wadi/crypto";
import { entity, signature as signatures, transaction } from "@wadi/types";
import { fromBase64, fromHex, toBase64, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface StructVector {
  readonly name: string;
  readonly type: string;
  readonly json: unknown;
  readonly cbor: string;
  readonly sha512_256: string;
}

interface Signatures {
  readonly chain_context: string;
  readonly private_key: string;
  readonly public_key: string;
  readonly public_key_text: string;
  readonly runtime_id: string;
  readonly seed: string;
  readonly seed_name: string;
  readonly vectors: readonly {
    readonly context: string;
    readonly digest: string;
    readonly full_context: string;
    readonly message: string;
    readonly name: string;
    readonly signature: string;
    readonly suffix: string;
  }[];
  readonly multi_signed: StructVector;
  readonly signed_entity: StructVector;
  readonly signed_transaction: StructVector;
  readonly transaction: StructVector;
  readonly transaction_hash: string;
}

interface JsonSignature {
  readonly public_key: string;
  readonly signature: string;
}

interface Envelope {
  readonly blob: Uint8Array;
  readonly items: readonly SignatureItem[];
}

/** The parts of a signed value's JSON, read without the data model. */
function envelope(v: StructVector): Envelope {
  const json = v.json as { untrusted_raw_value: string; signature?: JsonSignature; signatures?: JsonSignature[] };
  const list = json.signatures ?? (json.signature === undefined ? [] : [json.signature]);
  return {
    blob: fromBase64(json.untrusted_raw_value),
    items: list.map((s) => ({
      publicKey: publicKeyFromBytes(fromBase64(s.public_key)),
      signature: fromBase64(s.signature),
    })),
  };
}

function contextOf(base: string): SignatureContext {
  return registeredContexts.find((context) => context.base === base) ?? assert.fail(`unknown context ${base}`);
}

function checkStruct(v: StructVector, schema: Schema<unknown>): void {
  const value = decodeCbor(schema, fromHex(v.cbor));
  assert.equal(toHex(encodeCbor(schema, value)), v.cbor, "CBOR comes back");
  assert.deepEqual(JSON.parse(encodeJson(schema, value)), v.json, "JSON");
  assert.equal(hashOf(fromHex(v.cbor)), v.sha512_256, "hash");
}

function runKey(r: Recorder, file: Signatures): void {
  r.case("key", () => {
    const signer = testSigner(file.seed_name);
    assert.equal(toHex(signer.privateKey().exportSeed()), file.seed, "seed of the name");
    assert.equal(signer.publicKey, file.public_key, "public key");
    assert.equal(file.private_key, file.seed + file.public_key, "private key");
    assert.equal(toBase64(fromHex(file.public_key)), file.public_key_text, "text");
    assert.equal(new Ed25519PrivateKey(fromHex(file.seed)).publicKey, file.public_key, "key of the seed");
  });
}

function runContexts(r: Recorder, file: Signatures): void {
  const signer = new MemorySigner(fromHex(file.seed));
  const verifier = new SignatureVerifier();
  const chain = chainContext(file.chain_context);
  const bound: FullContext[] = [];
  for (const v of file.vectors) {
    r.case(v.name, () => {
      const context = bindContext(contextOf(v.context), { chain, ...(v.suffix === "" ? {} : { suffix: v.suffix }) });
      bound.push(context);
      const message = fromHex(v.message);
      assert.equal(context.text, v.full_context, "full context");
      assert.equal(toHex(messageDigest(context, message)), v.digest, "digest");
      assert.equal(toHex(signer.sign(context, message)), v.signature, "signature");
      assert.ok(verifier.verify(signer.publicKey, context, message, fromHex(v.signature)), "verifies");
    });
  }
  r.case("no vector verifies under another's context", () => {
    for (const [i, v] of file.vectors.entries()) {
      for (const [j, context] of bound.entries()) {
        const valid = verifier.verify(signer.publicKey, context, fromHex(v.message), fromHex(v.signature));
        assert.equal(valid, i === j, `${v.name} under ${context.text}`);
      }
    }
  });
}

function runSigned(r: Recorder, file: Signatures): void {
  const signer = new MemorySigner(fromHex(file.seed));
  const verifier = new SignatureVerifier();
  const chain = chainContext(file.chain_context);
  const cases: [StructVector, SignatureContext, Schema<unknown>][] = [
    [file.multi_signed, signatureContexts.registerNode, signatures.MultiSigned],
    [file.signed_entity, signatureContexts.registerEntity, entity.SignedEntity],
    [file.signed_transaction, signatureContexts.transaction, transaction.SignedTransaction],
  ];
  for (const [v, base, schema] of cases) {
    r.case(v.name, () => {
      const context = bindContext(base, { chain });
      const { blob, items } = envelope(v);
      assert.ok(verifier.verifyAll(context, blob, items), "verifies");
      const own = items.find((item) => item.publicKey === file.public_key) ?? assert.fail("not signed by the key");
      assert.equal(toHex(signer.sign(context, blob)), toHex(own.signature), "signed again");
      const changed = Uint8Array.from(blob);
      changed[0] = (changed[0] ?? 0) ^ 1;
      assert.equal(verifier.verifyAll(context, changed, items), false, "another blob");
      checkStruct(v, schema);
    });
  }
}

export const suite: Suite = {
  file: "common/signatures",
  run(r: Recorder): void {
    const file = loadVector<Signatures>("common/signatures");
    if (file === undefined) throw new Error("common/signatures is absent");
    runKey(r, file);
    r.case("runtime ID is the suffix of the vectors that have one", () => {
      for (const v of file.vectors)
        assert.ok(v.suffix === "" || v.suffix === namespaceFromHex(file.runtime_id), v.name);
    });
    runContexts(r, file);
    runSigned(r, file);
    r.case("transaction", () => {
      checkStruct(file.transaction, transaction.Transaction);
      const { blob } = envelope(file.signed_transaction);
      assert.equal(toHex(blob), file.transaction.cbor, "the blob that is signed");
      const context = bindContext(signatureContexts.transaction, { chain: chainContext(file.chain_context) });
      const signed = decodeCbor(transaction.SignedTransaction, fromHex(file.signed_transaction.cbor));
      const opened = transaction.openTransaction(signed, context, new SignatureVerifier());
      assert.equal(toHex(encodeCbor(transaction.Transaction, opened)), file.transaction.cbor, "opened");
    });
    r.case("transaction hash", () => {
      assert.equal(hashOf(fromHex(file.signed_transaction.cbor)), file.transaction_hash);
    });
  },
};
