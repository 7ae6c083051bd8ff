import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { decodeCbor, decodeJson } from "@wadi/codec";
import { SignatureVerifier, testSigner, type X25519PublicKey } from "@wadi/crypto";
import { body, EMPTY, type Body, type BodyValue, type RequestHandler } from "@wadi/runtime-protocol";
import { newMockQuote, parseQuote, PRODUCTION_TRUST, verifyEndorsement } from "@wadi/tee";
import { loadVector } from "@wadi/testing";
import { node, pcs } from "@wadi/types";
import { concatBytes, fromHex, must, utf8 } from "@wadi/util";
import { connectRuntime } from "../rhp/connect-runtime.ts";
import { testHostInfo, testRuntime, testRuntimeInfo } from "../testing/test-runtime.ts";
import { CollateralCache, type CollateralStore } from "./collateral-cache.ts";
import { IntelCollateralClient, type CollateralClient } from "./collateral-client.ts";
import { mockQuoting } from "./mock-quoting.ts";
import { QuoteResolver } from "./resolve-quote.ts";
import { attestSgx } from "./sgx-attestation.ts";

const SECONDS = 1_671_497_404n;
const unixNanos = (): bigint => SECONDS * 1_000_000_000n;
const trust = { ...PRODUCTION_TRUST, allowTestKeys: true };

function memoryStore(): CollateralStore & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  return { entries, get: (key) => entries.get(key), put: (key, value) => void entries.set(key, value) };
}

interface Recorded {
  readonly files_hex: Readonly<Record<string, string>>;
}
const recorded = loadVector<Recorded>("runtime/pcs-quotes");
const file = (name: string): Uint8Array => fromHex(must(recorded?.files_hex[name], name));

/** Genuine collateral of one kind of platform. */
function genuine(): pcs.TCBBundle {
  return {
    tcbInfo: decodeJson(pcs.SignedTCBInfo, file("tcb_info_v3_fmspc_00606A000000.json")),
    qeId: decodeJson(pcs.SignedQEIdentity, file("qe_identity_v2.json")),
    certs: file("tcb_info_v3_fmspc_00606A000000_certs.pem"),
  };
}

/** A client that counts what it is asked. */
function clientOf(
  bundle: () => pcs.TCBBundle,
  numbers: readonly number[] = [12],
): CollateralClient & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    tcbBundle: async (tee, fmspc, evaluation) => {
      asked.push(`bundle ${tee} ${fmspc} ${evaluation}`);
      return bundle();
    },
    evaluationNumbers: async (tee) => {
      asked.push(`numbers ${tee}`);
      return numbers;
    },
  };
}

const skip = recorded === undefined ? "recorded quotes are not at hand" : false;
const QUOTE = "quote_v3_ecdsa_p256_pck_chain.bin";

test("a genuine quote is completed once, then from the cache", { skip }, async () => {
  const client = clientOf(genuine, [11, 13, 12]);
  const store = memoryStore();
  let now = SECONDS;
  const cache = new CollateralCache(store, () => now);
  const resolver = new QuoteResolver({ client, cache, trust, unixNanos });
  const padded = concatBytes(file(QUOTE), new Uint8Array(100));
  const bundle = await resolver.resolve(padded, null);
  assert.deepEqual(bundle, { quote: file(QUOTE), tcb: genuine() });
  assert.deepEqual(client.asked, ["numbers 0", "bundle 0 00606a000000 13"], "highest evaluation first");
  assert.deepEqual([...store.entries.keys()], ["tcb_evaluation_data_numbers_cache.0", "tcb_bundle_cache.0"]);
  await resolver.resolve(padded, null);
  assert.equal(client.asked.length, 2);
  now += 86_401n;
  await resolver.resolve(padded, null);
  assert.deepEqual(client.asked.slice(2), ["numbers 0"], "numbers daily, collateral not for weeks");
  now += 20n * 86_400n;
  await resolver.resolve(padded, null);
  assert.ok(client.asked.at(-1)?.startsWith("bundle"), "in its last two weeks daily");
});

test("cached collateral serves while the service fails; without any the failure is told", { skip }, async () => {
  const failing: CollateralClient = {
    tcbBundle: () => Promise.reject(new Error("offline")),
    evaluationNumbers: () => Promise.reject(new Error("offline")),
  };
  const store = memoryStore();
  const at = (seconds: bigint, client: CollateralClient) =>
    new QuoteResolver({ client, cache: new CollateralCache(store, () => seconds), trust, unixNanos });
  await assert.rejects(at(SECONDS, failing).resolve(file(QUOTE), null), { message: "offline" });
  await at(SECONDS, clientOf(genuine)).resolve(file(QUOTE), null);
  const later = SECONDS + 25n * 86_400n;
  assert.deepEqual((await at(later, failing).resolve(file(QUOTE), null)).tcb, genuine());
});

test("collateral under which the quote does not verify is refused", { skip }, async () => {
  const strict = { ...pcs.QuotePolicy.zero(), tcbValidityPeriod: 30, minTcbEvaluationDataNumber: 99 };
  const client = clientOf(genuine, [12, 11]);
  const resolver = new QuoteResolver({
    client,
    cache: new CollateralCache(memoryStore(), () => SECONDS),
    trust,
    unixNanos,
  });
  await assert.rejects(resolver.resolve(file(QUOTE), strict), /quote verification failed \(fresh bundle\)/);
  assert.equal(client.asked.filter((asked) => asked.startsWith("bundle")).length, 2, "every evaluation is tried");
});

test("Intel's service over HTTP", { skip }, async () => {
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = must(request.url);
    asked.push(path);
    if (path.startsWith("/missing")) response.writeHead(404).end();
    else if (path.includes("tcbevaluationdatanumbers")) {
      const numbers = [{ tcbEvaluationDataNumber: 12, tcbRecoveryEventDate: "" }];
      response.end(JSON.stringify({ tcbEvaluationDataNumbers: { id: "SGX", tcbEvalNumbers: numbers }, signature: "" }));
    } else if (path.includes("/tcb?")) {
      const chain = Buffer.from(file("tcb_info_v3_fmspc_00606A000000_certs.pem")).toString();
      response.setHeader("TCB-Info-Issuer-Chain", encodeURIComponent(chain));
      response.end(file("tcb_info_v3_fmspc_00606A000000.json"));
    } else if (path.includes("/qe/")) response.end(file("qe_identity_v2.json"));
    else response.writeHead(404).end();
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = new IntelCollateralClient({ baseUrl: `http://127.0.0.1:${port}` });
  assert.deepEqual(await client.evaluationNumbers(0), [12]);
  assert.deepEqual(await client.tcbBundle(0, "00606a000000", 12), genuine());
  assert.deepEqual(asked, [
    "/sgx/certification/v4/tcbevaluationdatanumbers",
    "/sgx/certification/v4/tcb?fmspc=00606a000000&tcbEvaluationDataNumber=12",
    "/sgx/certification/v4/qe/identity?tcbEvaluationDataNumber=12",
  ]);
  const missing = new IntelCollateralClient({ baseUrl: `http://127.0.0.1:${port}/missing` });
  await assert.rejects(missing.tcbBundle(0x81, "00606a000000", 12), {
    message: "pcs: TCB info request failed: pcs: response status error: Not Found",
  });
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await assert.rejects(client.evaluationNumbers(0), /pcs: TCB evaluation data numbers request failed/);
});

const rak = testSigner("rak");
const signer = testSigner("node");
const report = Uint8Array.from({ length: 432 }, (_, i) => i);

/** A runtime in a mock enclave that records what it is asked. */
function enclave(seen: string[], fail?: string): RequestHandler {
  return (request): Body => {
    seen.push(request.type);
    if (request.type === fail) throw new Error("refused");
    switch (request.type) {
      case "RuntimeCapabilityTEERakInitRequest":
        assert.deepEqual(request.value.targetInfo, new Uint8Array(512));
        return body("RuntimeCapabilityTEERakInitResponse", EMPTY);
      case "RuntimeCapabilityTEERakReportRequest":
        return body("RuntimeCapabilityTEERakReportResponse", {
          rakPub: rak.publicKey,
          rekPub: "01".repeat(32) as X25519PublicKey,
          report,
          nonce: "nonce",
        });
      case "RuntimeCapabilityTEERakQuoteRequest": {
        const quote = must((request.value as BodyValue<typeof request.type>).quote.pcs?.quote);
        assert.deepEqual(quote, newMockQuote(report));
        assert.deepEqual(parseQuote(quote).body.raw, report.subarray(0, 384));
        return body("RuntimeCapabilityTEERakQuoteResponse", { height: 77n, signature: new Uint8Array(64).fill(9) });
      }
      case "RuntimeCapabilityTEEUpdateEndorsementRequest":
        assert.ok(verifyEndorsement(request.value.ect, new SignatureVerifier()));
        assert.equal(request.value.ect.capabilityTee.rak, rak.publicKey);
        return body("RuntimeCapabilityTEEUpdateEndorsementResponse", EMPTY);
      default:
        throw new Error("method not supported");
    }
  };
}

const noCollateral: pcs.TCBBundle = { ...pcs.TCBBundle.zero(), certs: utf8("certificates") };

async function attestMock(seen: string[], options: { fail?: string; endorsed?: boolean } = {}) {
  const { fail, endorsed = true } = options;
  const features = { ...testRuntimeInfo.features, endorsedCapabilityTee: endorsed };
  const { stream } = testRuntime(enclave(seen, fail), { ...testRuntimeInfo, features });
  const refuse: RequestHandler = () => {
    throw new Error("method not supported");
  };
  const connection = await connectRuntime(stream, { hostInfo: testHostInfo, handler: refuse });
  const collateral = new QuoteResolver({
    client: clientOf(() => noCollateral),
    cache: new CollateralCache(memoryStore(), () => SECONDS),
    trust: { ...trust, skipVerify: true },
    unixNanos,
  });
  const outcomes: string[] = [];
  const metrics = { attested: (outcome: string) => void outcomes.push(outcome) };
  const deps = { quoting: mockQuoting, collateral, signer, metrics };
  try {
    return { capability: await attestSgx(connection, deps, new AbortController().signal), outcomes };
  } finally {
    connection.close();
  }
}

test("a mock enclave is attested and endorsed", async () => {
  const seen: string[] = [];
  const { capability, outcomes } = await attestMock(seen);
  assert.deepEqual(seen, [
    "RuntimeCapabilityTEERakInitRequest",
    "RuntimeCapabilityTEERakReportRequest",
    "RuntimeCapabilityTEERakQuoteRequest",
    "RuntimeCapabilityTEEUpdateEndorsementRequest",
  ]);
  assert.equal(capability.rak, rak.publicKey);
  assert.equal(capability.hardware, node.teeHardware.intelSGX);
  const attestation = decodeCbor(node.SGXAttestation, must(capability.attestation));
  assert.equal(attestation.v, 1);
  assert.equal(attestation.height, 77n);
  assert.deepEqual(attestation.quote.pcs, { quote: newMockQuote(report), tcb: noCollateral });
  assert.deepEqual(outcomes, ["successful"]);
});

test("endorsement is left out where it is not understood, and its failure does no harm", async () => {
  const seen: string[] = [];
  await attestMock(seen, { endorsed: false });
  assert.ok(!seen.includes("RuntimeCapabilityTEEUpdateEndorsementRequest"));
  await attestMock([], { fail: "RuntimeCapabilityTEEUpdateEndorsementRequest" });
});

test("every other step's failure is told with its name", async () => {
  const steps: readonly [string, RegExp][] = [
    ["RuntimeCapabilityTEERakInitRequest", /^error while updating TEE target info: refused/],
    ["RuntimeCapabilityTEERakReportRequest", /^error while requesting worker quote and public RAK: refused/],
    ["RuntimeCapabilityTEERakQuoteRequest", /^error while configuring quote: refused/],
  ];
  for (const [fail, text] of steps) {
    await assert.rejects(attestMock([], { fail }), (e: Error) => text.test(e.message), fail);
  }
});
