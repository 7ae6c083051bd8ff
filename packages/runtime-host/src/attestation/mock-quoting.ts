import { newMockQuote } from "@wadi/tee";
import type { QuotingService } from "./quoting-service.ts";

const TARGET_INFO_BYTES = 512;

/** Quotes without an enclave, for runtimes that were built not to verify them. */
export const mockQuoting: QuotingService = {
  targetInfo: () => Promise.resolve(new Uint8Array(TARGET_INFO_BYTES)),
  // Also refuses reports of another size, as a rejection.
  quote: async (report) => newMockQuote(report),
};
