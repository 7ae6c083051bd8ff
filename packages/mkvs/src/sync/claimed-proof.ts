import { fail } from "../errors.ts";
import type { Child } from "../node.ts";
import { packedToHex } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { ErrInvalidProof } from "./errors.ts";
import type { Proof } from "./messages.ts";
import { LATEST_PROOF_VERSION, verifyProof } from "./proof.ts";
import type { VerifyOptions } from "./proof.ts";

/** `verifyProof` for a message, which must also claim to be for this root. */
export function verifyClaimedProof(root: Packed, proof: Proof, options?: VerifyOptions): Child {
  const expected = packedToHex(root);
  if (proof.v <= LATEST_PROOF_VERSION && proof.untrustedRoot !== expected) {
    fail(ErrInvalidProof, `got proof for unexpected root (expected: ${expected} got: ${proof.untrustedRoot})`);
  }
  return verifyProof(root, proof, options);
}
