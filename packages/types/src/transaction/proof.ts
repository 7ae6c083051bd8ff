// Reference: go/consensus/api/transaction/transaction.go.
import { bytes, i64Number, nullable, struct, type TypeOf } from "@wadi/codec";

/** Proof that a transaction is in a block. */
export const Proof = struct("transaction.Proof", {
  height: i64Number,
  rawProof: nullable(bytes),
});
export type Proof = TypeOf<typeof Proof>;
