// Quotes, collateral, reports and SIGSTRUCTs: what nodes and bundles bring in, down to the DER of
// certificates. What verifies must also verify when read again.
import assert from "node:assert/strict";
import { decodeCbor, decodeJson, encodeCbor } from "@wadi/codec";
import {
  debugSigstruct,
  fortanixDummyKey,
  Moment,
  newMockQuote,
  parseCertificate,
  parseCertificates,
  parseQuote,
  parseQuotePrefix,
  parseReport,
  pcsRoot,
  PRODUCTION_TRUST,
  QEIdentity,
  readPck,
  TCBInfo,
  verifyAnyQuote,
  verifySigstruct,
} from "@wadi/tee";
import { quote } from "@wadi/types";
import { fromHex, utf8 } from "@wadi/util";

import { loadVector } from "../vectors.ts";
import type { FuzzTarget } from "./target.ts";

interface Recorded {
  readonly files_hex: Readonly<Record<string, string>>;
  readonly quote_bundle_cbor: string;
}

const recorded = loadVector<Recorded>("runtime/pcs-quotes");
const UNIX_NANOS = 1_671_497_404_000_000_000n;
const noPolicy = { ias: null, pcs: null };

/** Recorded files whose name matches; none where they are not at hand. */
function files(pattern: RegExp): Uint8Array[] {
  return Object.entries(recorded?.files_hex ?? {})
    .filter(([name]) => pattern.test(name))
    .map(([, hex]) => fromHex(hex));
}

const quotes = (): Uint8Array[] => [newMockQuote(new Uint8Array(384)), ...files(/^quote/)];

/** The quote as `pcs` member, in CBOR. */
function envelopes(): Uint8Array[] {
  const zero = quote.Quote.zero();
  const avr = { body: utf8('{"version":4}'), certificateChain: utf8("%2d"), signature: utf8("AAAA") };
  const report = encodeCbor(quote.Quote, { ...zero, ias: avr });
  if (recorded === undefined) return [report];
  const head = Uint8Array.of(0xa1, 0x63, 0x70, 0x63, 0x73);
  return [report, Uint8Array.from([...head, ...fromHex(recorded.quote_bundle_cbor)])];
}

function runEnvelope(input: Uint8Array, skipVerify: boolean): void {
  const trust = { ...PRODUCTION_TRUST, allowTestKeys: true, skipVerify };
  const given = decodeCbor(quote.Quote, input);
  const verified = verifyAnyQuote(given, noPolicy, new Moment(UNIX_NANOS), trust);
  assert.equal(verified.reportData.length, 64);
  assert.equal(verified.identity.length, 128);
}

function runQuote(input: Uint8Array): void {
  const { size } = parseQuotePrefix(input);
  const { signature } = parseQuote(input.subarray(0, size));
  const data = signature.certificationData;
  if (data.kind === "pckChain" && data.certificates[0] !== undefined) readPck(data.certificates[0]);
}

const report = utf8(
  JSON.stringify({
    id: "1",
    timestamp: "2023-09-27T15:51:58.044803",
    version: 5,
    isvEnclaveQuoteStatus: "OK",
    isvEnclaveQuoteBody: Buffer.from([2, 0, ...new Uint8Array(430)]).toString("base64"),
    pseManifestStatus: null,
    platformInfoBlob: "",
  }),
);

export const targets: readonly FuzzTarget[] = [
  { name: "tee/quote", weight: 0.3, run: runQuote, seeds: quotes },
  { name: "tee/envelope", weight: 0.1, run: (input) => runEnvelope(input, false), seeds: envelopes },
  { name: "tee/envelope/unverified", weight: 0.1, run: (input) => runEnvelope(input, true), seeds: envelopes },
  {
    name: "tee/certificate",
    weight: 0.5,
    run: (input) => void parseCertificate(input),
    seeds: () => [pcsRoot().raw, ...files(/certs/).flatMap((pem) => parseCertificates(pem).map(({ raw }) => raw))],
  },
  { name: "tee/certificates", weight: 0.3, run: (input) => void parseCertificates(input), seeds: () => files(/certs/) },
  {
    name: "tee/collateral",
    weight: 0.5,
    run: (input) => {
      decodeJson(TCBInfo, input);
      decodeJson(QEIdentity, input);
    },
    seeds: () => [utf8("{}"), ...files(/^(tcb|qe).*json$/)],
  },
  { name: "tee/report", run: (input) => void parseReport(input, PRODUCTION_TRUST), seeds: () => [report] },
  {
    name: "tee/sigstruct",
    weight: 0.3,
    run: (input) => void verifySigstruct(input),
    seeds: () => [debugSigstruct(new Uint8Array(1), fortanixDummyKey())],
  },
];
