// The registry's port for quotes: either attestation service, by the policy in force.
// Reference: go/common/sgx/quote/quote.go `Quote.Verify`.
import { encodeCbor } from "@wadi/codec";
import { type Hash, hashOf } from "@wadi/crypto";
import { quote, type registry } from "@wadi/types";
import { LruMap } from "@wadi/util";

import { TeeError } from "./errors.ts";
import { verifyAvrBundle } from "./ias/verify-report.ts";
import { Moment } from "./moment.ts";
import { verifyQuoteBundle } from "./pcs/verify-quote.ts";
import { PRODUCTION_TRUST, type TrustSwitches } from "./trust.ts";

/** Verifies a quote at a time; the report data are a view into the quote. Throws a TeeError. */
export function verifyAnyQuote(
  { ias, pcs }: quote.Quote,
  policy: quote.Policy,
  moment: Moment,
  trust: TrustSwitches = PRODUCTION_TRUST,
): registry.VerifiedQuote {
  if (ias !== null && pcs === null) return verifyAvrBundle(ias, policy.ias, moment, trust);
  if (pcs !== null && ias === null) return verifyQuoteBundle(pcs, policy.pcs, moment, trust);
  throw new TeeError("quoteKind");
}

export interface QuoteVerifierOptions {
  readonly trust?: TrustSwitches;
  /** How many accepted quotes are remembered; 0 for none. */
  readonly cacheSize?: number;
}

interface Verdict {
  readonly moment: Moment;
  readonly verified: registry.VerifiedQuote;
}

/**
 * What the registry's rules verify quotes with. A node's quote is verified when it registers and
 * again at every election; what was accepted under a policy is remembered and accepted again
 * within the time for which that holds.
 */
export function createQuoteVerifier(options: QuoteVerifierOptions = {}): registry.QuoteVerifier {
  const { trust = PRODUCTION_TRUST, cacheSize = 4096 } = options;
  const accepted = cacheSize === 0 ? undefined : new LruMap<Hash, Verdict>(cacheSize);
  return {
    verifyQuote: (given, policy, unixNanos) => {
      const moment = new Moment(unixNanos);
      if (accepted === undefined) return verifyAnyQuote(given, policy, moment, trust);
      const id = hashOf(encodeCbor(quote.Policy, policy), encodeCbor(quote.Quote, given));
      const known = accepted.get(id);
      if (known?.moment.holdsAt(unixNanos) === true) return known.verified;
      const { identity, reportData } = verifyAnyQuote(given, policy, moment, trust);
      const verified = { identity, reportData: Uint8Array.from(reportData) };
      accepted.set(id, { moment, verified });
      return verified;
    },
  };
}
