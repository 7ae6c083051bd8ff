// Prints one JSON line per measurement: node --conditions=wadi-source src/tee.bench.ts
import { benchLine, throughput } from "@wadi/testing";

import { Moment } from "./moment.ts";
import { verifyQuoteBundle } from "./pcs/verify-quote.ts";
import { parseQuote } from "./quote/quote.ts";
import { createQuoteVerifier } from "./quote-verifier.ts";
import { debugSigstruct } from "./sigstruct/sign.ts";
import { fortanixDummyKey } from "./sigstruct/fortanix-dummy-key.ts";
import { verifySigstruct } from "./sigstruct/sigstruct.ts";
import { makeBundle, NOW, policy, simulatedTrust } from "./testing/platform.ts";

function operations(name: string, ran: string, body: () => void): void {
  benchLine({ name: `tee/${name}`, unit: "ops/s", value: throughput(body), ran });
}

for (const tee of ["sgx", "tdx"] as const) {
  const bundle = makeBundle({ tee });
  const bytes = bundle.quote ?? new Uint8Array(0);
  operations(`${tee}/parse`, "with three certificates", () => parseQuote(bytes));
  operations(`${tee}/verify`, "quote, chains and collateral", () =>
    verifyQuoteBundle(bundle, policy, new Moment(NOW), simulatedTrust),
  );
}

const quotes = createQuoteVerifier({ trust: simulatedTrust });
const given = { ias: null, pcs: makeBundle() };
operations("sgx/verify/remembered", "as at an election", () =>
  quotes.verifyQuote(given, { ias: null, pcs: policy }, NOW),
);

const sigstruct = debugSigstruct(new Uint8Array(64), fortanixDummyKey());
operations("sigstruct/verify", "RSA-3072 in big integers", () => verifySigstruct(sigstruct));
