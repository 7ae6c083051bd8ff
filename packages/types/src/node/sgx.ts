// SGX constraints of a deployment and attestations of a node, each in an unversioned form (IAS only)
// and version 1. Reference: go/common/node/sgx.go.
import { list, nullable, optional, struct, transform, u64, versioned, withJson } from "@wadi/codec";
import type { Schema, TypeOf } from "@wadi/codec";

import { RawSignature } from "../scalars/keys.ts";
import { Versioned } from "../scalars/versioned.ts";
import { EnclaveIdentity } from "../sgx/enclave-identity.ts";
import { AVRBundle, ISVEnclaveQuoteStatus } from "../sgx/ias.ts";
import { Policy, Quote } from "../sgx/quote.ts";

/** Only CBOR has an old form; JSON shows what it means. */
function oldForm<T>(current: Schema<T>, old: Schema<T>): Schema<T> {
  return withJson(old, { toJson: (writer, value) => current.toJson(writer, value) });
}

/** Version 1 as it is on the wire. */
export const SGXConstraintsV1 = struct("node.SGXConstraints", {
  ...Versioned.members,
  enclaves: optional(list(EnclaveIdentity)),
  policy: optional(nullable(Policy)),
  /** Blocks. */
  maxAttestationAge: optional(u64),
});

/** Which enclaves a deployment allows; `v` is 0 or 1 and decides the encoding. */
export type SGXConstraints = TypeOf<typeof SGXConstraintsV1>;

/** Before versions: no `v`, and a fragment of the IAS policy. */
export const SGXConstraintsV0 = struct("node.sgxConstraintsV0", {
  enclaves: optional(list(EnclaveIdentity)),
  allowedQuoteStatuses: optional(list(ISVEnclaveQuoteStatus)),
});
export type SGXConstraintsV0 = TypeOf<typeof SGXConstraintsV0>;

const constraintsFromV0 = oldForm(
  SGXConstraintsV1,
  transform(SGXConstraintsV0, {
    decode: ({ enclaves, allowedQuoteStatuses }): SGXConstraints => ({
      v: 0,
      enclaves,
      policy: {
        ias: { disabled: false, allowedQuoteStatuses, gidBlacklist: [], minTcbEvaluationDataNumber: 0 },
        pcs: null,
      },
      maxAttestationAge: 0n,
    }),
    encode: ({ enclaves, policy }: SGXConstraints): SGXConstraintsV0 => ({
      enclaves,
      allowedQuoteStatuses: policy?.ias?.allowedQuoteStatuses ?? [],
    }),
  }),
);

/** Reads both forms; an explicit `v: 0` is an unknown member of the unversioned form and refused. */
export const SGXConstraints: Schema<SGXConstraints> = versioned<SGXConstraints>("node.SGXConstraints", {
  versions: { 1: SGXConstraintsV1 },
  missing: constraintsFromV0,
  writes: ({ v }) => (v === 0 ? constraintsFromV0 : SGXConstraintsV1),
  unknownVersion: (v) => `invalid SGX constraints version: ${v}`,
});

/** Version 1 as it is on the wire. */
export const SGXAttestationV1 = struct("node.SGXAttestation", {
  ...Versioned.members,
  quote: Quote,
  /** Consensus height the runtime knew when it attested. */
  height: u64,
  /** By the RAK. */
  signature: RawSignature,
});

/** Attestation of an enclave; `v` is 0 or 1 and decides the encoding. */
export type SGXAttestation = TypeOf<typeof SGXAttestationV1>;

const noSignature = new Uint8Array(64);

const attestationFromV0 = oldForm(
  SGXAttestationV1,
  transform(nullable(AVRBundle), {
    decode: (ias): SGXAttestation => ({ v: 0, quote: { ias, pcs: null }, height: 0n, signature: noSignature }),
    encode: ({ quote }: SGXAttestation) => quote.ias,
  }),
);

/** Reads both forms; the unversioned one is a bare AVR bundle. */
export const SGXAttestation: Schema<SGXAttestation> = versioned<SGXAttestation>("node.SGXAttestation", {
  versions: { 1: SGXAttestationV1 },
  missing: attestationFromV0,
  writes: ({ v }) => (v === 0 ? attestationFromV0 : SGXAttestationV1),
  unknownVersion: (v) => `invalid SGX attestation version: ${v}`,
});
