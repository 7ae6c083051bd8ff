// What a node signs for its enclaves besides their registration: the labels of a component and the
// endorsement of a capability that is not on chain.
// Reference: go/runtime/rofl/api/attestation.go, go/common/node/node.go `EndorsedCapabilityTEE`.
import { encodeCbor, map, struct, text, type TypeOf } from "@wadi/codec";
import { bindContext, signatureContexts, type Signer, type SignatureVerifier } from "@wadi/crypto";
import { node, PublicKey } from "@wadi/types";

const LABELS_CONTEXT = bindContext(signatureContexts.componentLabels);
const ENDORSE_CONTEXT = bindContext(signatureContexts.endorseTeeCapability);

/** Labels of a component, tied to its attestation key. */
export const LabelAttestation = struct("rofl.LabelAttestation", {
  labels: map(text, text),
  rak: PublicKey,
});
export type LabelAttestation = TypeOf<typeof LabelAttestation>;

/** The node's signature over labels, and the bytes that it signs. */
export function attestLabels(
  signer: Signer,
  labels: LabelAttestation,
): { readonly attestation: Uint8Array; readonly signature: Uint8Array } {
  const attestation = encodeCbor(LabelAttestation, labels);
  return { attestation, signature: signer.sign(LABELS_CONTEXT, attestation) };
}

/** The node's word for a capability, for whoever meets the enclave off chain. */
export function endorseCapability(signer: Signer, capabilityTee: node.CapabilityTEE): node.EndorsedCapabilityTEE {
  const signature = signer.sign(ENDORSE_CONTEXT, encodeCbor(node.CapabilityTEE, capabilityTee));
  return { capabilityTee, nodeEndorsement: { publicKey: signer.publicKey, signature } };
}

/** Whether the endorsement is by the key that it names. */
export function verifyEndorsement(
  { capabilityTee, nodeEndorsement }: node.EndorsedCapabilityTEE,
  verifier: SignatureVerifier,
): boolean {
  const message = encodeCbor(node.CapabilityTEE, capabilityTee);
  return verifier.verify(nodeEndorsement.publicKey, ENDORSE_CONTEXT, message, nodeEndorsement.signature);
}
