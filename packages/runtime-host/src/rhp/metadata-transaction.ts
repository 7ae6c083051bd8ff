// The system transaction of a block with its proof (go/runtime/registry/handler.go).
import { decodeCbor, isDecodeError, type Schema } from "@wadi/codec";
import { transaction, type consensus } from "@wadi/types";
import type { ProvenTransaction } from "@wadi/runtime-protocol";
import { plainError } from "./errors.ts";

const METADATA_METHOD = "consensus.Meta";

/** The value, or undefined where `bytes` are not one. */
function tryDecode<T>(schema: Schema<T>, bytes: Uint8Array | null): T | undefined {
  try {
    return bytes === null ? undefined : decodeCbor(schema, bytes);
  } catch (e) {
    if (isDecodeError(e)) return undefined;
    throw e;
  }
}

/**
 * The last transaction of the block that carries its metadata. The validators have verified the
 * signatures. Throws `block metadata transaction not found`.
 */
export function findMetadataTransaction(height: bigint, block: consensus.TransactionsWithProofs): ProvenTransaction {
  const transactions = block.transactions ?? [];
  for (let i = transactions.length - 1; i >= 0; i--) {
    const signedTx = tryDecode(transaction.SignedTransaction, transactions[i] ?? null);
    const inner = signedTx && tryDecode(transaction.Transaction, signedTx.untrustedRawValue);
    if (signedTx === undefined || inner?.method !== METADATA_METHOD) continue;
    return { signedTx, proof: { height: Number(height), rawProof: block.proofs?.[i] ?? null } };
  }
  throw plainError("block metadata transaction not found");
}
