// Committees and validators. Reference: go/scheduler/api/api.go.
import { i64, i64Number, list, nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";
import { byteList } from "./byte-list.ts";
import { CommitteeKind, Role } from "./kinds.ts";

export const CommitteeNode = struct("scheduler.CommitteeNode", {
  role: Role,
  publicKey: PublicKey,
});
export type CommitteeNode = TypeOf<typeof CommitteeNode>;

export const Committee = struct("scheduler.Committee", {
  kind: CommitteeKind,
  members: nullable(list(present(CommitteeNode))),
  runtimeId: Namespace,
  validFor: EpochTime,
});
export type Committee = TypeOf<typeof Committee>;

export const Validator = struct("scheduler.Validator", {
  id: PublicKey,
  entityId: PublicKey,
  votingPower: i64,
});
export type Validator = TypeOf<typeof Validator>;

/** Which kinds of committee were elected. */
export const ElectedEvent = struct("scheduler.ElectedEvent", {
  kinds: optional(byteList(CommitteeKind)),
});
export type ElectedEvent = TypeOf<typeof ElectedEvent>;

export const GetCommitteesRequest = struct("scheduler.GetCommitteesRequest", {
  height: i64Number,
  runtimeId: Namespace,
});
export type GetCommitteesRequest = TypeOf<typeof GetCommitteesRequest>;
