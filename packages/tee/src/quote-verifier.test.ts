import assert from "node:assert/strict";
import { test } from "node:test";

import { create, decodeJson, encodeCbor } from "@wadi/codec";
import {
  bindContext,
  hashAttestation,
  hashRak,
  signatureContexts,
  SignatureVerifier,
  testNamespace,
  testSigner,
} from "@wadi/crypto";
import { node, type quote, registry, sgx } from "@wadi/types";

import { isTeeError, TeeError } from "./errors.ts";
import { Moment } from "./moment.ts";
import { newMockQuote } from "./quote/mock-quote.ts";
import { parseQuote } from "./quote/quote.ts";
import { createQuoteVerifier, verifyAnyQuote } from "./quote-verifier.ts";
import { type Changes, ISSUED, makeBundle, NOW, policy, simulatedTrust } from "./testing/platform.ts";
import { PRODUCTION_TRUST, type TrustSwitches } from "./trust.ts";

const NANOS = 1_000_000_000n;
const HEIGHT = 100n;
const rak = testSigner("tee test: RAK");
const nodeSigner = testSigner("tee test: node");
const verifier = new SignatureVerifier();
const identity = sgx.enclaveIdentityFromHex("11".repeat(32) + "22".repeat(32));
const version = { major: 1, minor: 0, patch: 0 };
const features = decodeJson(
  node.TEEFeatures,
  '{"sgx":{"pcs":true,"signed_attestations":true,"max_attestation_age":10,"tdx":true},"freshness_proofs":true}',
);

const boundToRak = (body: Uint8Array): void => body.set(hashRak(rak.publicKey), 320);

interface Attested {
  readonly quote?: quote.Quote;
  readonly height?: bigint;
  readonly enclaves?: readonly sgx.EnclaveIdentity[];
  readonly trust?: TrustSwitches;
  readonly now?: bigint;
  readonly signed?: Uint8Array;
}

const pcsQuote = (changes: Changes = { body: boundToRak }): quote.Quote => ({ ias: null, pcs: makeBundle(changes) });

/** Runs the registry's rules over a node's capability, with real quotes behind the port. */
function verifyNode(given: Attested = {}): void {
  const { height = 95n, enclaves = [identity], trust = simulatedTrust, now = NOW } = given;
  const attestedQuote = given.quote ?? pcsQuote();
  const reportData = parseQuote(attestedQuote.pcs?.quote ?? new Uint8Array(0)).body.reportData;
  const digest = hashAttestation(reportData, nodeSigner.publicKey, height);
  const signature = given.signed ?? rak.sign(bindContext(signatureContexts.teeAttestation), digest);
  const attestation = encodeCbor(node.SGXAttestation, { v: 1, quote: attestedQuote, height, signature });
  const constraints = { v: 1, enclaves, policy: { ias: null, pcs: policy }, maxAttestationAge: 0n };
  const id = testNamespace("tee test: runtime");
  const runtime = create(registry.Runtime, {
    id,
    teeHardware: node.teeHardware.intelSGX,
    deployments: [
      { version, validFrom: 0n, tee: encodeCbor(node.SGXConstraints, constraints), bundleChecksum: new Uint8Array(0) },
    ],
  });
  const tee = { hardware: node.teeHardware.intelSGX, rak: rak.publicKey, rek: null, attestation };
  const entry = { id, version, capabilities: { tee }, extraInfo: null };
  registry.verifyNodeRuntimeEnclaves(nodeSigner.publicKey, entry, runtime, features, true, {
    unixNanos: now,
    height: HEIGHT,
    quotes: createQuoteVerifier({ trust }),
    verifier,
  });
}

test("a node on a good platform is attested", () => {
  verifyNode();
  verifyNode({ height: HEIGHT });
  verifyNode({ height: HEIGHT - 10n });
});

test("a node is refused for its quote, enclave, key, signature or age", () => {
  assert.throws(
    () => verifyNode({ trust: PRODUCTION_TRUST }),
    (e) => isTeeError(e, "certificateAuthority"),
  );
  assert.throws(
    () => verifyNode({ now: NOW + 2_592_000n * NANOS }),
    (e) => isTeeError(e, "qeIdentityExpired"),
  );
  assert.throws(() => verifyNode({ enclaves: [] }), /bad TEE enclave identity/);
  assert.throws(() => verifyNode({ quote: pcsQuote({}) }), /RAK hash mismatch/);
  assert.throws(() => verifyNode({ signed: new Uint8Array(64) }), /invalid TEE attestation signature/);
  assert.throws(() => verifyNode({ height: HEIGHT + 1n }), /from the future/);
  assert.throws(() => verifyNode({ height: HEIGHT - 11n }), /not fresh enough/);
});

test("a mock quote passes where nothing is verified, and nowhere else", () => {
  const { body } = parseQuote(makeBundle({ body: boundToRak }).quote ?? new Uint8Array(0));
  const mock = pcsQuote();
  const mocked = { ...mock, pcs: mock.pcs && { ...mock.pcs, quote: newMockQuote(body.raw) } };
  verifyNode({ quote: mocked, trust: { ...PRODUCTION_TRUST, skipVerify: true } });
  assert.throws(
    () => verifyNode({ quote: mocked, trust: PRODUCTION_TRUST }),
    (e) => isTeeError(e, "qeReportSignature"),
  );
});

test("exactly one kind of quote", () => {
  const bundle = makeBundle();
  const avr = { body: null, certificateChain: null, signature: null };
  for (const given of [
    { ias: null, pcs: null },
    { ias: avr, pcs: bundle },
  ]) {
    assert.throws(
      () => verifyAnyQuote(given, { ias: null, pcs: null }, new Moment(NOW)),
      (e) => isTeeError(e, "quoteKind"),
    );
  }
  assert.throws(
    () => verifyAnyQuote({ ias: avr, pcs: null }, { ias: null, pcs: null }, new Moment(NOW)),
    (e) => isTeeError(e, "avrChainLength"),
  );
});

test("an accepted quote is remembered for as long as it would be accepted, under its policy", () => {
  const quotes = createQuoteVerifier({ trust: simulatedTrust, cacheSize: 2 });
  const plain = createQuoteVerifier({ trust: simulatedTrust, cacheSize: 0 });
  const given = pcsQuote();
  const rules = { ias: null, pcs: policy };
  const first = quotes.verifyQuote(given, rules, NOW);
  assert.equal(quotes.verifyQuote(given, rules, NOW + 1n), first);
  // The same bytes in other places, and the last instant of the collateral.
  assert.equal(quotes.verifyQuote(structuredClone(given), rules, ISSUED + 2_592_000n * NANOS), first);
  for (const [changed, at] of [
    [{ ...policy, minTcbEvaluationDataNumber: 18 }, NOW],
    [{ ...policy, disabled: true }, NOW],
    [policy, ISSUED + 2_592_000n * NANOS + 1n],
    [policy, ISSUED - 1n],
  ] as const) {
    const run = (verifier: registry.QuoteVerifier) => () =>
      verifier.verifyQuote(given, { ias: null, pcs: changed }, at);
    assert.throws(run(quotes), TeeError);
    assert.throws(run(plain), TeeError);
  }
  assert.deepEqual(plain.verifyQuote(given, rules, NOW), first);
  const refused = { ias: null, pcs: { ...makeBundle(), quote: Uint8Array.of(1) } };
  for (let i = 0; i < 2; i++) assert.throws(() => quotes.verifyQuote(refused, rules, NOW), TeeError);
});
