import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import {
  bindContext,
  hashAttestation,
  hashRak,
  publicKeyFromHex,
  signatureContexts,
  SignatureVerifier,
  testSigner,
  x25519KeyFromHex,
} from "@wadi/crypto";
import { attestLabels, endorseCapability, LabelAttestation, verifyEndorsement } from "@wadi/tee";
import { node, signature } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface AttestationFile {
  readonly attestation_context: string;
  readonly attestation_hash: string;
  readonly attestation_hash_without_rek: string;
  readonly attestation_signature: string;
  readonly capability_tee_cbor: string;
  readonly endorse_context: string;
  readonly endorsed_capability_cbor: string;
  readonly endorsement_cbor: string;
  readonly endorsement_signature: string;
  readonly height: number;
  readonly node_public: string;
  readonly node_seed_text: string;
  readonly rak_binding_hash: string;
  readonly rak_public: string;
  readonly rak_seed_text: string;
  readonly rek_public: string;
  readonly report_data: string;
  readonly sgx_attestation_cbor_empty_quote: string;
  readonly label_attestation: {
    readonly signer_seed_text: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly rak: string;
    readonly context: string;
    readonly cbor: string;
    readonly signer_public: string;
    readonly signature: string;
  };
}

const verifier = new SignatureVerifier();

function runAttestation(r: Recorder, file: AttestationFile): void {
  const rak = testSigner(file.rak_seed_text);
  const nodeId = publicKeyFromHex(file.node_public);
  const reportData = fromHex(file.report_data);
  const height = BigInt(file.height);
  r.case("report data begin with the RAK's hash", () => {
    assert.equal(rak.publicKey, file.rak_public);
    assert.equal(toHex(hashRak(rak.publicKey)), file.rak_binding_hash);
    assert.equal(file.report_data.slice(0, 64), file.rak_binding_hash);
  });
  r.case("attestation hash with and without REK", () => {
    const rek = x25519KeyFromHex(file.rek_public);
    assert.equal(toHex(hashAttestation(reportData, nodeId, height, rek)), file.attestation_hash);
    assert.equal(toHex(hashAttestation(reportData, nodeId, height)), file.attestation_hash_without_rek);
  });
  r.case("signature of the RAK", () => {
    assert.equal(signatureContexts.teeAttestation.base, file.attestation_context);
    const context = bindContext(signatureContexts.teeAttestation);
    const digest = fromHex(file.attestation_hash);
    assert.equal(toHex(rak.sign(context, digest)), file.attestation_signature);
    assert.ok(verifier.verify(rak.publicKey, context, digest, fromHex(file.attestation_signature)));
  });
  r.case("attestation in CBOR", () => {
    const decoded = decodeCbor(node.SGXAttestation, fromHex(file.sgx_attestation_cbor_empty_quote));
    assert.equal(decoded.v, 1);
    assert.deepEqual(decoded.quote, { ias: null, pcs: null });
    assert.equal(decoded.height, height);
    assert.equal(toHex(decoded.signature), file.attestation_signature);
    assert.equal(toHex(encodeCbor(node.SGXAttestation, decoded)), file.sgx_attestation_cbor_empty_quote);
  });
}

function runEndorsement(r: Recorder, file: AttestationFile): void {
  r.case("endorsement of a capability", () => {
    const capability = decodeCbor(node.CapabilityTEE, fromHex(file.capability_tee_cbor));
    assert.equal(capability.rak, file.rak_public);
    assert.equal(capability.rek, file.rek_public);
    assert.equal(signatureContexts.endorseTeeCapability.base, file.endorse_context);
    const signer = testSigner(file.node_seed_text);
    assert.equal(signer.publicKey, file.node_public);
    const endorsed = endorseCapability(signer, capability);
    assert.equal(toHex(endorsed.nodeEndorsement.signature), file.endorsement_signature);
    assert.equal(toHex(encodeCbor(signature.Signature, endorsed.nodeEndorsement)), file.endorsement_cbor);
    assert.equal(toHex(encodeCbor(node.EndorsedCapabilityTEE, endorsed)), file.endorsed_capability_cbor);
    assert.ok(verifyEndorsement(endorsed, verifier));
    assert.ok(!verifyEndorsement({ ...endorsed, capabilityTee: { ...capability, rek: null } }, verifier));
  });
}

function runLabels(r: Recorder, file: AttestationFile): void {
  r.case("attestation of labels", () => {
    const expected = file.label_attestation;
    const labels = new Map(Object.entries(expected.labels));
    const signer = testSigner(expected.signer_seed_text);
    assert.equal(signer.publicKey, expected.signer_public);
    assert.equal(signatureContexts.componentLabels.base, expected.context);
    const made = attestLabels(signer, { labels, rak: publicKeyFromHex(expected.rak) });
    assert.equal(toHex(made.attestation), expected.cbor);
    assert.equal(toHex(made.signature), expected.signature);
    assert.deepEqual(decodeCbor(LabelAttestation, made.attestation).labels, labels);
  });
}

export const suite: Suite = {
  file: "runtime/attestation",
  run(r) {
    const file = loadVector<AttestationFile>("runtime/attestation");
    if (file === undefined) return;
    runAttestation(r, file);
    runEndorsement(r, file);
    runLabels(r, file);
  },
};
