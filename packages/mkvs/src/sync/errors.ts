// What the reference reports about proofs and remote trees as plain errors without a code.
import { registerError } from "@wadi/util";

const LOCAL = "wadi/mkvs";

/** A proof that does not prove what it should; the context says why, in the reference's words. */
export const ErrInvalidProof = registerError(LOCAL, 32, "verifier");
/** A proof rooted neither at the wanted node nor at the tree's root. */
export const ErrUnexpectedProofRoot = registerError(LOCAL, 33, "mkvs: got proof for unexpected root");
/** A proof that is valid but lacks the node it was asked for. */
export const ErrNodeNotInProof = registerError(
  LOCAL,
  34,
  "mkvs: received result did not contain node (or cache too small)",
);
