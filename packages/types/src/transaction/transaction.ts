// Consensus transactions. Reference: go/consensus/api/transaction/transaction.go.
import { decodeCbor, encodeCbor, nullable, optional, raw, struct, text, u64, type TypeOf } from "@wadi/codec";
import { bindContext, hashOf, signatureContexts } from "@wadi/crypto";
import type { ChainContext, FullContext, Hash, SignatureVerifier, Signer } from "@wadi/crypto";

import { openSigned, signedAs, signValue } from "../signature/signed.ts";
import { ValidationError } from "../validation-error.ts";
import { Fee } from "./fee.ts";

export const Transaction = struct("transaction.Transaction", {
  nonce: u64,
  fee: optional(nullable(Fee)),
  /** `module.Method`. */
  method: text,
  /** CBOR of the method's body; null decodes as the body's zero value. */
  body: optional(raw),
});
export type Transaction = TypeOf<typeof Transaction>;

/** `Signed` with a transaction inside. */
export const SignedTransaction = signedAs("transaction.SignedTransaction");
export type SignedTransaction = TypeOf<typeof SignedTransaction>;

/** The context transactions of a network are signed under. */
export function transactionContext(chain: ChainContext): FullContext {
  return bindContext(signatureContexts.transaction, { chain });
}

/** Throws ValidationError where no application could take the transaction: an empty method. */
export function validateTransaction(transaction: Transaction): void {
  if (transaction.method === "") throw new ValidationError("transaction: empty method");
}

/** Signs a transaction; `context` is `transactionContext` of the network. */
export function signTransaction(transaction: Transaction, context: FullContext, signer: Signer): SignedTransaction {
  return signValue(Transaction, transaction, context, signer);
}

/** Verifies and decodes. Throws the CryptoError `verifyFailed` or a DecodeError. */
export function openTransaction(
  signed: SignedTransaction,
  context: FullContext,
  verifier: SignatureVerifier,
): Transaction {
  return openSigned(Transaction, signed, context, verifier);
}

/**
 * As a block carries it: strict decoding of the envelope, then as `openTransaction`. Bytes after
 * the envelope are ignored, though they change the hash.
 */
export function openRawTransaction(
  bytes: Uint8Array,
  context: FullContext,
  verifier: SignatureVerifier,
): { readonly signed: SignedTransaction; readonly transaction: Transaction } {
  const signed = decodeCbor(SignedTransaction, bytes);
  return { signed, transaction: openTransaction(signed, context, verifier) };
}

/** The hash of a transaction's bytes as they were received. */
export function rawTransactionHash(bytes: Uint8Array): Hash {
  return hashOf(bytes);
}

/** The hash of a transaction as this code encodes it. */
export function transactionHash(signed: SignedTransaction): Hash {
  return hashOf(encodeCbor(SignedTransaction, signed));
}

/** Base units per gas, rounded down; zero if either is zero. */
export function gasPrice(fee: Fee): bigint {
  return fee.gas === 0n ? 0n : fee.amount / fee.gas;
}
