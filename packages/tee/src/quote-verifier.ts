// The registry's port for quotes: either attestation service, by the policy in force.
// Reference: go/common/sgx/quote/quote.go `Quote.Verify`.
import type { quote, registry } from "@wadi/types";

import { TeeError } from "./errors.ts";
import { verifyAvrBundle } from "./ias/verify-report.ts";
import { verifyQuoteBundle } from "./pcs/verify-quote.ts";
import { PRODUCTION_TRUST, type TrustSwitches } from "./trust.ts";

/** Verifies a quote at a time; the report data are a view into the quote. Throws a TeeError. */
export function verifyAnyQuote(
  { ias, pcs }: quote.Quote,
  policy: quote.Policy,
  unixNanos: bigint,
  trust: TrustSwitches = PRODUCTION_TRUST,
): registry.VerifiedQuote {
  if (ias !== null && pcs === null) return verifyAvrBundle(ias, policy.ias, unixNanos, trust);
  if (pcs !== null && ias === null) return verifyQuoteBundle(pcs, policy.pcs, unixNanos, trust);
  throw new TeeError("quoteKind");
}

/** What the registry's rules verify quotes with. */
export function createQuoteVerifier(trust: TrustSwitches = PRODUCTION_TRUST): registry.QuoteVerifier {
  return { verifyQuote: (given, policy, unixNanos) => verifyAnyQuote(given, policy, unixNanos, trust) };
}
