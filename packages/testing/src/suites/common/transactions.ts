// Full transactions of one module: JSON to body, body to transaction, transaction to signed bytes.
import assert from "node:assert/strict";
import {
  bool,
  decodeCbor,
  decodeJson,
  encodeCbor,
  encodeJson,
  jsonRaw,
  list,
  nullable,
  optional,
  struct,
  text,
  u64,
  type Schema,
} from "@wadi/codec";
import { MemorySigner, publicKeyFromBytes, rawFullContext, SignatureVerifier } from "@wadi/crypto";
import { entity, governance, signature, transaction } from "@wadi/types";
import { fromBase64, toHex, WadiError } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { compactJson, loadTyped } from "./lossless.ts";

const TransactionJson = struct("tx", {
  nonce: u64,
  fee: nullable(transaction.Fee),
  method: text,
  body: optional(jsonRaw),
});

const TransactionVector = struct("transaction vector", {
  kind: text,
  tx: TransactionJson,
  encodedTx: text,
  encodedSignedTx: text,
  valid: bool,
  signerPrivateKey: text,
});

const TransactionFile = struct("transactions", {
  signatureContext: text,
  distinctBodies: u64,
  vectors: list(TransactionVector),
});

type Vector = NonNullable<ReturnType<(typeof TransactionVector)["zero"]>>;

/** Signed entities are shown with the entity decoded. */
const SignedEntityJson = struct("signed entity", { untrustedRawValue: entity.Entity, signature: signature.Signature });

/** The body's CBOR from its JSON, which must also be printed as given. */
function bodyBytes(method: transaction.Method, json: Uint8Array): Uint8Array {
  if (method.name === "registry.RegisterEntity") {
    const shown = decodeJson(SignedEntityJson, json);
    assert.equal(compactJson(encodeJson(SignedEntityJson, shown)), compactJson(json), "entity JSON");
    const untrustedRawValue = encodeCbor(entity.Entity, shown.untrustedRawValue);
    return encodeCbor(entity.SignedEntity, { untrustedRawValue, signature: shown.signature });
  }
  const schema: Schema<unknown> = method.body;
  const value = decodeJson(schema, json);
  assert.equal(compactJson(encodeJson(schema, value)), compactJson(json), "body JSON");
  return encodeCbor(schema, value);
}

/** The generator's parameters: metadata was not allowed when the vectors were made. */
function isStatelesslyValid(method: transaction.Method, body: unknown): boolean {
  if (method.name !== "governance.SubmitProposal") return true;
  try {
    governance.validateProposalContent(body as governance.ProposalContent, { allowProposalMetadata: false });
    return true;
  } catch (e) {
    if (e instanceof WadiError) return false;
    throw e;
  }
}

function run(r: Recorder, name: string): void {
  const file = loadTyped(name, TransactionFile);
  const context = rawFullContext(file.signatureContext);
  const bodies = new Set<string>();
  for (const [i, v] of file.vectors.entries()) {
    r.case(`${v.kind} ${i}`, () => {
      const signer = new MemorySigner(fromBase64(v.signerPrivateKey).subarray(0, 32), {
        publicKey: publicKeyFromBytes(fromBase64(v.signerPrivateKey).subarray(32)),
      });
      bodies.add(`${v.tx.method} ${v.tx.body === null ? "" : Buffer.from(v.tx.body).toString("utf8")}`);
      assertTransaction(v, context, signer);
    });
  }
  r.case("distinct bodies", () => assert.equal(BigInt(bodies.size), file.distinctBodies));
}

function assertTransaction(v: Vector, context: ReturnType<typeof rawFullContext>, signer: MemorySigner): void {
  const method = transaction.lookupMethod(v.tx.method);
  assert.ok(method, `method ${v.tx.method}`);
  const encoded = fromBase64(v.encodedTx);
  const decoded = decodeCbor(transaction.Transaction, encoded);
  const body = v.tx.body === null ? null : bodyBytes(method, v.tx.body);
  // Without a body in the transaction the JSON shows the zero body.
  if (decoded.body === null) assert.equal(toHex(body ?? new Uint8Array(0)), "a0");
  const built = { nonce: v.tx.nonce, fee: v.tx.fee, method: v.tx.method, body: decoded.body === null ? null : body };
  assert.equal(toHex(encodeCbor(transaction.Transaction, built)), toHex(encoded), "transaction");

  const signed = transaction.signTransaction(built, context, signer);
  const raw = fromBase64(v.encodedSignedTx);
  assert.equal(toHex(encodeCbor(transaction.SignedTransaction, signed)), toHex(raw), "signed");
  const opened = transaction.openRawTransaction(raw, context, new SignatureVerifier({ cacheSize: 0 })).transaction;
  assert.deepEqual(opened, decoded, "opened");
  assert.equal(transaction.rawTransactionHash(raw), transaction.transactionHash(signed), "hash");
  assert.equal(isStatelesslyValid(method, transaction.decodeBody(method, opened)), v.valid, "valid");
}

/** The suite of one file of signed transactions. */
export function transactionSuite(file: string): Suite {
  return { file, run: (r) => run(r, file) };
}
