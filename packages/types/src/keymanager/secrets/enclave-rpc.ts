// Calls of the key manager enclave. Reference: go/keymanager/secrets/api.go.
import { bool, bytes, lenientBytes, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";

import { EpochTime } from "../../scalars/epoch.ts";
import { PublicKey, RawSignature, X25519PublicKey } from "../../scalars/keys.ts";
import { Namespace } from "../../scalars/namespace.ts";
import { Status } from "./policy.ts";
import { SignedEncryptedEphemeralSecret, SignedEncryptedMasterSecret } from "./secrets.ts";

/** A bare 32-byte array in the reference: padded or cut on decoding. */
export const KeyPairID = lenientBytes("secrets.KeyPairID", 32);
export type KeyPairID = Uint8Array;

export const InitRequest = struct("secrets.InitRequest", {
  status: optional(Status),
});
export type InitRequest = TypeOf<typeof InitRequest>;

export const InitResponse = struct("secrets.InitResponse", {
  isSecure: bool,
  checksum: nullable(bytes),
  nextChecksum: optional(bytes),
  policyChecksum: nullable(bytes),
  rsk: optional(nullable(PublicKey)),
  nextRsk: optional(nullable(PublicKey)),
});
export type InitResponse = TypeOf<typeof InitResponse>;

/** Signed by the RAK of the key manager enclave. */
export const SignedInitResponse = struct("secrets.SignedInitResponse", {
  initResponse: InitResponse,
  signature: nullable(bytes),
});
export type SignedInitResponse = TypeOf<typeof SignedInitResponse>;

export const LongTermKeyRequest = struct("secrets.LongTermKeyRequest", {
  height: nullable(u64),
  runtimeId: Namespace,
  keyPairId: KeyPairID,
  generation: u64,
});
export type LongTermKeyRequest = TypeOf<typeof LongTermKeyRequest>;

export const EphemeralKeyRequest = struct("secrets.EphemeralKeyRequest", {
  height: nullable(u64),
  runtimeId: Namespace,
  keyPairId: KeyPairID,
  epoch: EpochTime,
});
export type EphemeralKeyRequest = TypeOf<typeof EphemeralKeyRequest>;

/** A key published by a key manager enclave. */
export const SignedPublicKey = struct("secrets.SignedPublicKey", {
  key: X25519PublicKey,
  checksum: nullable(bytes),
  signature: RawSignature,
  expiration: optional(nullable(EpochTime)),
});
export type SignedPublicKey = TypeOf<typeof SignedPublicKey>;

export const GenerateMasterSecretRequest = struct("secrets.GenerateMasterSecretRequest", {
  generation: u64,
  epoch: EpochTime,
});
export type GenerateMasterSecretRequest = TypeOf<typeof GenerateMasterSecretRequest>;

export const GenerateMasterSecretResponse = struct("secrets.GenerateMasterSecretResponse", {
  signedSecret: SignedEncryptedMasterSecret,
});
export type GenerateMasterSecretResponse = TypeOf<typeof GenerateMasterSecretResponse>;

export const GenerateEphemeralSecretRequest = struct("secrets.GenerateEphemeralSecretRequest", {
  epoch: EpochTime,
});
export type GenerateEphemeralSecretRequest = TypeOf<typeof GenerateEphemeralSecretRequest>;

export const GenerateEphemeralSecretResponse = struct("secrets.GenerateEphemeralSecretResponse", {
  signedSecret: SignedEncryptedEphemeralSecret,
});
export type GenerateEphemeralSecretResponse = TypeOf<typeof GenerateEphemeralSecretResponse>;

export const LoadMasterSecretRequest = struct("secrets.LoadMasterSecretRequest", {
  signedSecret: SignedEncryptedMasterSecret,
});
export type LoadMasterSecretRequest = TypeOf<typeof LoadMasterSecretRequest>;

export const LoadEphemeralSecretRequest = struct("secrets.LoadEphemeralSecretRequest", {
  signedSecret: SignedEncryptedEphemeralSecret,
});
export type LoadEphemeralSecretRequest = TypeOf<typeof LoadEphemeralSecretRequest>;
