import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { bindContext, hashRak, signatureContexts, testSigner, type Signer } from "@wadi/crypto";
import { ias, node as nodeTypes, registry, secrets, sgx } from "@wadi/types";
import { concatBytes, must } from "@wadi/util";

import { VERSION, deployment, nodeOf, runtimeOf } from "../../registry/testing/test-network.ts";
import { KeyManagerNetwork, alpha, digest, enclave, keyManagerId } from "../testing/key-manager-network.ts";
import { verifiedResponses } from "./init-response.ts";

const rak = testSigner("key manager attestation key");
const identity = sgx.enclaveIdentityFromHex("5e".repeat(64));
const tee = encodeCbor(nodeTypes.SGXConstraints, create(nodeTypes.SGXConstraintsV1, { enclaves: [identity] }));
const keyManager = runtimeOf({
  id: keyManagerId,
  kind: registry.runtimeKinds.keyManager,
  teeHardware: nodeTypes.teeHardware.intelSGX,
  deployments: [{ ...deployment(VERSION, 0n), tee }],
});

/** A quote of the enclave, for whatever key the test says it is for. */
const quotes = (of: Signer = rak): registry.QuoteVerifier => ({
  verifyQuote: () => ({ identity, reportData: concatBytes(hashRak(of.publicKey), new Uint8Array(32)) }),
});

const attestation = encodeCbor(
  nodeTypes.SGXAttestation,
  create(nodeTypes.SGXAttestationV1, { quote: { ias: ias.AVRBundle.zero(), pcs: null } }),
);

function responseOf(signer: Signer, verifier = quotes()): secrets.InitResponse | undefined {
  const initResponse = create(secrets.InitResponse, { isSecure: true, checksum: digest(1) });
  const context = bindContext(signatureContexts.keyManagerInitResponse);
  const signature = signer.sign(context, encodeCbor(secrets.InitResponse, initResponse));
  const entry: nodeTypes.Runtime = {
    id: keyManagerId,
    version: VERSION,
    capabilities: {
      tee: { hardware: nodeTypes.teeHardware.intelSGX, rak: rak.publicKey, rek: null, attestation },
    },
    extraInfo: encodeCbor(secrets.SignedInitResponse, { initResponse, signature }),
  };
  const ctx = new KeyManagerNetwork().context("begin-block");
  return verifiedResponses(ctx, keyManager, verifier)(nodeOf(alpha, { runtimes: [entry] }), entry);
}

test("an attested enclave reports under its own key", () => {
  assert.deepEqual(must(responseOf(rak)).checksum, digest(1));
});

test("reports under another key, and of enclaves whose attestation does not hold, count for nothing", () => {
  assert.equal(responseOf(enclave), undefined, "the key that everybody knows");
  assert.equal(responseOf(rak, quotes(enclave)), undefined, "quote for another key");
});

test("a failure that is no refusal is not taken for one", () => {
  const broken: registry.QuoteVerifier = {
    verifyQuote: () => {
      throw new RangeError("bug");
    },
  };
  assert.throws(() => responseOf(rak, broken), RangeError);
});
