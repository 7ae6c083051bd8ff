// The local endpoint `attestation`: a component's labels, signed by the node
// (go/runtime/registry/handler_rofl.go `handleAttestLabels`).
import { bytes, decodeCbor, encodeCbor, list, struct, text } from "@wadi/codec";
import type { Signer } from "@wadi/crypto";
import { attestLabels } from "@wadi/tee";
import { PublicKey, RawSignature } from "@wadi/types";
import { plainError } from "./errors.ts";
import type { LocalEndpoint } from "./rofl-handler.ts";

const MAX_LABELS = 10;

const AttestLabelsRequest = struct("rofl.AttestLabelsRequest", { labels: list(text) });
/** The labels as they were signed (`LabelAttestation` of @wadi/tee), by whom, and the signature. */
export const AttestLabelsResponse = struct("rofl.AttestLabelsResponse", {
  attestation: bytes,
  nodeId: PublicKey,
  signature: RawSignature,
});

export interface LabelSource {
  /** The key of the node. */
  readonly signer: Signer;
  /** Labels of the component. */
  readonly labels: ReadonlyMap<string, string>;
  /** The component's attestation key, once it is attested. */
  rak(): PublicKey | undefined;
}

/** Attests 1 to 10 labels; one that is not set is attested as the empty text. */
export function labelEndpoint({ signer, labels, rak }: LabelSource): LocalEndpoint {
  return {
    async call({ method, args }) {
      if (method !== "AttestLabels") throw plainError("method not supported");
      const asked = decodeCbor(AttestLabelsRequest, args ?? new Uint8Array(0)).labels;
      if (asked.length === 0) throw plainError("no labels specified");
      if (asked.length > MAX_LABELS) throw plainError(`too many labels specified (max: ${MAX_LABELS})`);
      const key = rak();
      if (key === undefined) throw plainError("failed to retrieve component RAK");
      const attested = new Map(asked.map((name) => [name, labels.get(name) ?? ""]));
      const { attestation, signature } = attestLabels(signer, { labels: attested, rak: key });
      return encodeCbor(AttestLabelsResponse, { attestation, nodeId: signer.publicKey, signature });
    },
  };
}
