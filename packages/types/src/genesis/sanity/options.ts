import type { SignatureVerifier } from "@wadi/crypto";

/** What a sanity check depends on beside the document. */
export interface SanityContext {
  /** Accept parameters and flags that are only for test networks. */
  readonly dontBlameOasis: boolean;
  /** Verifies descriptors; holds the built-in key blacklist. */
  readonly verifier: SignatureVerifier;
}
