// A quote of either attestation service and the policy for it. Reference: go/common/sgx/quote/quote.go.
import { nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { AVRBundle, QuotePolicy } from "./ias.ts";
import { QuoteBundle, QuotePolicy as PcsQuotePolicy } from "./pcs.ts";

/** Which quotes are acceptable, per attestation service. */
export const Policy = struct("quote.Policy", {
  ias: optional(nullable(QuotePolicy)),
  pcs: optional(nullable(PcsQuotePolicy)),
});
export type Policy = TypeOf<typeof Policy>;

/** Exactly one member is set. */
export const Quote = struct("quote.Quote", {
  ias: optional(nullable(AVRBundle)),
  pcs: optional(nullable(QuoteBundle)),
});
export type Quote = TypeOf<typeof Quote>;
