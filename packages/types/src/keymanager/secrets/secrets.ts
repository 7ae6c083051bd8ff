// Encrypted secrets and the events that publish them. Reference: go/keymanager/secrets/secret.go, api.go.
import { bytes, list, map, named, nullable, struct, u64, type TypeOf } from "@wadi/codec";

import { present } from "../../present.ts";
import { EpochTime } from "../../scalars/epoch.ts";
import { RawSignature, X25519PublicKey } from "../../scalars/keys.ts";
import { Namespace } from "../../scalars/namespace.ts";
import { Status } from "./policy.ts";

export const EncryptedSecret = struct("secrets.EncryptedSecret", {
  checksum: nullable(bytes),
  pubKey: X25519PublicKey,
  ciphertexts: nullable(map(X25519PublicKey, nullable(bytes))),
});
export type EncryptedSecret = TypeOf<typeof EncryptedSecret>;

export const EncryptedMasterSecret = struct("secrets.EncryptedMasterSecret", {
  runtimeId: Namespace,
  generation: u64,
  epoch: EpochTime,
  secret: EncryptedSecret,
});
export type EncryptedMasterSecret = TypeOf<typeof EncryptedMasterSecret>;

export const EncryptedEphemeralSecret = struct("secrets.EncryptedEphemeralSecret", {
  runtimeId: Namespace,
  epoch: EpochTime,
  secret: EncryptedSecret,
});
export type EncryptedEphemeralSecret = TypeOf<typeof EncryptedEphemeralSecret>;

export const SignedEncryptedMasterSecret = struct("secrets.SignedEncryptedMasterSecret", {
  secret: EncryptedMasterSecret,
  signature: RawSignature,
});
export type SignedEncryptedMasterSecret = TypeOf<typeof SignedEncryptedMasterSecret>;

export const SignedEncryptedEphemeralSecret = struct("secrets.SignedEncryptedEphemeralSecret", {
  secret: EncryptedEphemeralSecret,
  signature: RawSignature,
});
export type SignedEncryptedEphemeralSecret = TypeOf<typeof SignedEncryptedEphemeralSecret>;

/** The wire key is capitalised. */
export const StatusUpdateEvent = struct("secrets.StatusUpdateEvent", {
  statuses: named("Statuses", nullable(list(present(Status)))),
});
export type StatusUpdateEvent = TypeOf<typeof StatusUpdateEvent>;

/** The wire key is capitalised. */
export const MasterSecretPublishedEvent = struct("secrets.MasterSecretPublishedEvent", {
  secret: named("Secret", nullable(SignedEncryptedMasterSecret)),
});
export type MasterSecretPublishedEvent = TypeOf<typeof MasterSecretPublishedEvent>;

/** The wire key is capitalised. */
export const EphemeralSecretPublishedEvent = struct("secrets.EphemeralSecretPublishedEvent", {
  secret: named("Secret", nullable(SignedEncryptedEphemeralSecret)),
});
export type EphemeralSecretPublishedEvent = TypeOf<typeof EphemeralSecretPublishedEvent>;
