import assert from "node:assert/strict";
import { decodeCbor, decodeJson, encodeCbor } from "@wadi/codec";
import {
  collateralNextUpdate,
  isTeeError,
  Moment,
  newMockQuote,
  parseQuote,
  parseQuotePrefix,
  PRODUCTION_TRUST,
  readPck,
  TeeError,
  verifyPck,
  verifyQuoteBundle,
} from "@wadi/tee";
import { pcs, sgx } from "@wadi/types";
import { fromHex, must, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface VerifyCase {
  readonly name: string;
  readonly quote: string;
  readonly tcb_info: string;
  readonly qe_identity: string;
  readonly certs: string;
  readonly policy: unknown;
  readonly unix_time: number;
  readonly error?: string;
  readonly mr_enclave?: string;
  readonly mr_signer?: string;
  readonly report_data?: string;
}

interface ParseCase {
  readonly name: string;
  readonly of?: string;
  readonly quote?: string;
  readonly strict_error: string;
  readonly size_without_trailing?: number;
  readonly total?: number;
}

interface PcsQuotes {
  readonly cache_expected_expiry: string;
  readonly files_hex: Readonly<Record<string, string>>;
  readonly mock_quote_of_its_report: string;
  readonly parse: readonly ParseCase[];
  readonly "pck_of_quote_v3_ecdsa_p256_pck_chain.bin": {
    readonly cpusvn: string;
    readonly fmspc: string;
    readonly pcesvn: number;
    readonly tcb_comp_svn: readonly number[];
  };
  readonly quote_bundle_cbor: string;
  readonly verify: readonly VerifyCase[];
}

const SGX_QUOTE = "quote_v3_ecdsa_p256_pck_chain.bin";
const NANOS = 1_000_000_000n;

/** The recorded quotes are of enclaves signed with the dummy key. */
const trust = { ...PRODUCTION_TRUST, allowTestKeys: true };

/** How the recorded malformed quotes differ from the quote they are made of. */
const malformed: Readonly<Record<string, (quote: Uint8Array) => Uint8Array>> = {
  empty: () => new Uint8Array(0),
  "435 bytes": (quote) => quote.subarray(0, 435),
  "version 5": (quote) => withByte(quote, 0, 5),
  "attestation key type 3": (quote) => withByte(quote, 2, 3),
  "reserved byte 4 set": (quote) => withByte(quote, 4, 1),
  "vendor changed": (quote) => withByte(quote, 12, (quote[12] ?? 0) ^ 1),
  "signature length + 1": (quote) => withByte(quote, 432, (quote[432] ?? 0) + 1),
  "one byte more": (quote) => Uint8Array.from([...quote, 0]),
  "one byte less": (quote) => quote.subarray(0, -1),
};

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

/** The rule that failed is named by a text that is part of the recorded one. */
function assertRefused(run: () => unknown, error: string): void {
  try {
    run();
  } catch (e) {
    assert.ok(e instanceof TeeError, String(e));
    const rule = e.context === undefined ? e.message : e.message.slice(0, -e.context.length - 2);
    assert.ok(error.includes(rule), `${rule} instead of ${error}`);
    return;
  }
  assert.fail(`accepted; expected ${error}`);
}

function bundleOf(file: PcsQuotes, given: VerifyCase): pcs.QuoteBundle {
  const bytes = (name: string): Uint8Array => fromHex(file.files_hex[name] ?? "");
  return {
    quote: bytes(given.quote),
    tcb: {
      tcbInfo: decodeJson(pcs.SignedTCBInfo, bytes(given.tcb_info)),
      qeId: decodeJson(pcs.SignedQEIdentity, bytes(given.qe_identity)),
      certs: bytes(given.certs),
    },
  };
}

/** Policies are recorded in the reference's JSON, with measurements as lists of numbers. */
function policyOf(policy: unknown): pcs.QuotePolicy | null {
  return policy === null ? null : decodeJson(pcs.QuotePolicy, JSON.stringify(policy));
}

function runVerify(r: Recorder, file: PcsQuotes): void {
  for (const given of file.verify) {
    r.case(`verify: ${given.name}`, () => {
      const policy = policyOf(given.policy);
      const verify = (): ReturnType<typeof verifyQuoteBundle> =>
        verifyQuoteBundle(bundleOf(file, given), policy, new Moment(BigInt(given.unix_time) * NANOS), trust);
      if (given.error !== undefined) {
        assertRefused(verify, given.error);
        return;
      }
      const { identity, reportData } = verify();
      assert.equal(sgx.mrEnclaveOf(identity), given.mr_enclave);
      assert.equal(sgx.mrSignerOf(identity), given.mr_signer);
      assert.equal(toHex(reportData), given.report_data);
    });
  }
}

function runParse(r: Recorder, file: PcsQuotes): void {
  for (const given of file.parse) {
    r.case(`parse: ${given.name}`, () => {
      if (given.quote !== undefined) {
        const bytes = fromHex(must(file.files_hex[given.quote]));
        assert.equal(bytes.length, given.total);
        assert.equal(parseQuotePrefix(bytes).size, given.size_without_trailing);
        assertRefused(() => parseQuote(bytes), given.strict_error);
        return;
      }
      const original = fromHex(must(file.files_hex[must(given.of)]));
      parseQuote(original);
      assertRefused(() => parseQuote(must(malformed[given.name], "unknown change")(original)), given.strict_error);
    });
  }
}

function runRest(r: Recorder, file: PcsQuotes): void {
  const bytes = fromHex(must(file.files_hex[SGX_QUOTE]));
  const quote = parseQuote(bytes);
  const first = must(file.verify[0]);
  r.case("platform of the certificate", () => {
    const expected = file["pck_of_quote_v3_ecdsa_p256_pck_chain.bin"];
    const pck = verifyPck(quote.signature.certificationData, new Moment(BigInt(first.unix_time) * NANOS));
    assert.equal(toHex(pck.fmspc), expected.fmspc);
    assert.equal(toHex(pck.cpuSvn), expected.cpusvn);
    assert.equal(pck.pceSvn, expected.pcesvn);
    assert.deepEqual(pck.tcbCompSvns, expected.tcb_comp_svn);
    const data = quote.signature.certificationData;
    assert.deepEqual(readPck(must(data.kind === "pckChain" ? data.certificates[0] : undefined)).fmspc, pck.fmspc);
  });
  r.case("mock quote", () => {
    assert.equal(toHex(newMockQuote(quote.body.raw)), file.mock_quote_of_its_report);
    const mock = newMockQuote(Uint8Array.from([...quote.body.raw, ...new Uint8Array(48)]));
    assert.equal(toHex(mock), file.mock_quote_of_its_report);
    assert.throws(
      () => newMockQuote(bytes),
      (e) => isTeeError(e, "reportLength"),
    );
  });
  r.case("bundle in CBOR", () => {
    const bundle = bundleOf(file, first);
    assert.equal(toHex(encodeCbor(pcs.QuoteBundle, bundle)), file.quote_bundle_cbor);
    assert.deepEqual(decodeCbor(pcs.QuoteBundle, fromHex(file.quote_bundle_cbor)), bundle);
  });
  r.case("expected expiry of cached collateral", () => {
    const seconds = collateralNextUpdate(bundleOf(file, first).tcb);
    assert.equal(new Date(Number(seconds) * 1000).toISOString(), file.cache_expected_expiry.replace("Z", ".000Z"));
  });
  r.case("quote that names its platform only", () => {
    const { signature } = parseQuote(fromHex(must(file.files_hex["quote_v3_ecdsa_p256_eppid.bin"])));
    const data = signature.certificationData;
    assert.ok(data.kind === "ppid");
    assert.deepEqual([data.ppid.length, data.cpuSvn.length], [384, 16]);
  });
}

export const suite: Suite = {
  file: "runtime/pcs-quotes",
  run(r) {
    const file = loadVector<PcsQuotes>("runtime/pcs-quotes");
    if (file === undefined) return;
    runVerify(r, file);
    runParse(r, file);
    runRest(r, file);
  },
};
