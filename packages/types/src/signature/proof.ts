// Reference: go/common/crypto/signature/vrf_signer.go.
import { struct, type TypeOf } from "@wadi/codec";

import { PublicKey, RawProof } from "../scalars/keys.ts";

/** A VRF proof and the key it is by. */
export const Proof = struct("signature.Proof", {
  publicKey: PublicKey,
  proof: RawProof,
});
export type Proof = TypeOf<typeof Proof>;
