// Merkle proofs as the Oasis interfaces carry them (go/consensus/cometbft/crypto/merkle): CBOR,
// for transaction proofs (the item is SHA-256 of the transaction) and event proofs.
import { bytes, i64Number, list, optional, struct } from "@wadi/codec";

/** The same members as `Proof`; aunts are left out when there are none. */
export const OasisProof = struct("proof", {
  total: i64Number,
  index: i64Number,
  leafHash: bytes,
  aunts: optional(list(bytes)),
});
