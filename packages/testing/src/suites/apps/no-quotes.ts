// For chains without attestation: a quote that turns up fails the case.
import type { registry } from "@wadi/types";

export const noQuotes: registry.QuoteVerifier = {
  verifyQuote() {
    throw new Error("no quote expected");
  },
};
