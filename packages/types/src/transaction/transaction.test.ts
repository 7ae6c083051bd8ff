import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, isDecodeError } from "@wadi/codec";
import { chainContext, isCryptoError, SignatureVerifier, testSigner } from "@wadi/crypto";
import { concatBytes, toHex } from "@wadi/util";

import { Transfer } from "../staking/bodies.ts";
import { allMethods, decodeBody, lookupMethod, methodModule, methods, newTransaction } from "./methods.ts";
import {
  gasPrice,
  openRawTransaction,
  rawTransactionHash,
  SignedTransaction,
  signTransaction,
  Transaction,
  transactionContext,
  transactionHash,
  validateTransaction,
} from "./transaction.ts";

const context = transactionContext(chainContext("a chain"));
const verifier = new SignatureVerifier();
const options = { nonce: 7n, fee: { amount: 10n, gas: 3n } };
const transfer = newTransaction(methods.stakingTransfer, { ...Transfer.zero(), amount: 5n }, options);
const signed = signTransaction(transfer, context, testSigner("alice"));
const raw = encodeCbor(SignedTransaction, signed);

test("a transaction opens on its chain and nowhere else", () => {
  const opened = openRawTransaction(raw, context, verifier);
  assert.deepEqual(opened.transaction, transfer);
  assert.equal(decodeBody(methods.stakingTransfer, opened.transaction).amount, 5n);
  const elsewhere = transactionContext(chainContext("another chain"));
  assert.throws(
    () => openRawTransaction(raw, elsewhere, verifier),
    (e) => isCryptoError(e, "verifyFailed"),
  );
});

test("bytes after a transaction change its hash and nothing else", () => {
  const longer = concatBytes(raw, Uint8Array.of(1, 2, 3));
  assert.deepEqual(openRawTransaction(longer, context, verifier), openRawTransaction(raw, context, verifier));
  assert.notEqual(rawTransactionHash(longer), rawTransactionHash(raw));
  assert.equal(rawTransactionHash(raw), transactionHash(signed));
});

test("no fee, a zero fee, no body and an empty body differ on the wire", () => {
  const forms = [
    { ...transfer, fee: null },
    { ...transfer, fee: { amount: 0n, gas: 0n } },
    { ...transfer, body: null },
    { ...transfer, body: Uint8Array.of(0xa0) },
  ];
  const encoded = forms.map((form) => toHex(encodeCbor(Transaction, form)));
  assert.equal(new Set(encoded).size, forms.length);
  for (const [i, form] of forms.entries()) {
    assert.deepEqual(decodeCbor(Transaction, Buffer.from(encoded[i] ?? "", "hex")), form);
  }
});

test("an absent body is the zero value of its method", () => {
  for (const method of allMethods()) {
    assert.deepEqual(decodeBody(method, { ...transfer, body: null }), method.body.zero(), method.name);
  }
});

test("a body of another method does not decode", () => {
  assert.throws(() => decodeBody(methods.stakingBurn, transfer), isDecodeError);
});

test("gas price rounds down and is zero without gas", () => {
  assert.equal(gasPrice({ amount: 10n, gas: 3n }), 3n);
  assert.equal(gasPrice({ amount: 10n, gas: 0n }), 0n);
});

test("methods by name and module", () => {
  assert.equal(lookupMethod("staking.Transfer"), methods.stakingTransfer);
  assert.equal(lookupMethod("staking.transfer"), undefined);
  assert.equal(methodModule("keymanager/churp.Create"), "keymanager/churp");
  assert.equal(methodModule("nothing"), "nothing");
  assert.throws(() => validateTransaction({ ...transfer, method: "" }), { name: "ValidationError" });
});
