// Transaction bodies, enclave calls and events of churp. Reference: go/keymanager/churp/requests.go, api.go, rpc.go.
import { bool, list, named, nullable, optional, struct, u8, type TypeOf } from "@wadi/codec";

import { EpochTime } from "../../scalars/epoch.ts";
import { Hash } from "../../scalars/hash.ts";
import { PublicKey, RawSignature } from "../../scalars/keys.ts";
import { Identity, SignedPolicySGX, Status } from "./policy.ts";

export const CreateRequest = struct("churp.CreateRequest", {
  ...Identity.members,
  suiteId: optional(u8),
  threshold: optional(u8),
  extraShares: optional(u8),
  handoffInterval: optional(EpochTime),
  policy: optional(SignedPolicySGX),
});
export type CreateRequest = TypeOf<typeof CreateRequest>;

export const UpdateRequest = struct("churp.UpdateRequest", {
  ...Identity.members,
  extraShares: optional(nullable(u8)),
  handoffInterval: optional(nullable(EpochTime)),
  policy: optional(nullable(SignedPolicySGX)),
});
export type UpdateRequest = TypeOf<typeof UpdateRequest>;

/** The body of `keymanager/churp.Apply` is its signed form. */
export const ApplicationRequest = struct("churp.ApplicationRequest", {
  ...Identity.members,
  epoch: EpochTime,
  checksum: Hash,
});
export type ApplicationRequest = TypeOf<typeof ApplicationRequest>;

export const SignedApplicationRequest = struct("churp.SignedApplicationRequest", {
  application: ApplicationRequest,
  signature: RawSignature,
});
export type SignedApplicationRequest = TypeOf<typeof SignedApplicationRequest>;

/** The body of `keymanager/churp.Confirm` is its signed form. */
export const ConfirmationRequest = struct("churp.ConfirmationRequest", {
  ...Identity.members,
  epoch: EpochTime,
  checksum: Hash,
});
export type ConfirmationRequest = TypeOf<typeof ConfirmationRequest>;

export const SignedConfirmationRequest = struct("churp.SignedConfirmationRequest", {
  confirmation: ConfirmationRequest,
  signature: RawSignature,
});
export type SignedConfirmationRequest = TypeOf<typeof SignedConfirmationRequest>;

export const HandoffRequest = struct("churp.HandoffRequest", {
  ...Identity.members,
  epoch: optional(EpochTime),
});
export type HandoffRequest = TypeOf<typeof HandoffRequest>;

export const FetchRequest = struct("churp.FetchRequest", {
  ...Identity.members,
  epoch: optional(EpochTime),
  nodeIds: nullable(list(PublicKey)),
});
export type FetchRequest = TypeOf<typeof FetchRequest>;

export const FetchResponse = struct("churp.FetchResponse", {
  completed: optional(bool),
  succeeded: optional(list(PublicKey)),
  failed: optional(list(PublicKey)),
});
export type FetchResponse = TypeOf<typeof FetchResponse>;

/** The wire key is capitalised. */
export const CreateEvent = struct("churp.CreateEvent", {
  status: named("Status", nullable(Status)),
});
export type CreateEvent = TypeOf<typeof CreateEvent>;

/** The wire key is capitalised. */
export const UpdateEvent = struct("churp.UpdateEvent", {
  status: named("Status", nullable(Status)),
});
export type UpdateEvent = TypeOf<typeof UpdateEvent>;
