// Runtime descriptors. Reference: go/registry/api/runtime.go.
import { bytes, list, map, nilable, nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { TEEHardware } from "../node/tee.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";
import { Versioned } from "../scalars/versioned.ts";
import { CommitteeKind, Role } from "../scheduler/kinds.ts";
import { Version } from "../version/version.ts";
import { RuntimeAdmissionPolicy } from "./admission.ts";
import { RuntimeGovernanceModel, RuntimeKind } from "./kinds.ts";
import {
  ExecutorParameters,
  RuntimeGenesis,
  RuntimeStakingParameters,
  SchedulingConstraints,
  StorageParameters,
  TxnSchedulerParameters,
} from "./runtime-parameters.ts";

/** One deployment of a runtime. */
export const VersionInfo = struct("registry.VersionInfo", {
  version: Version,
  /** First epoch of the deployment. */
  validFrom: EpochTime,
  /** CBOR of SGXConstraints; null without TEE. An empty non-null string is kept apart: registration refuses it. */
  tee: optional(nilable(bytes)),
  /** SHA-256 of the bundle manifest, or empty. */
  bundleChecksum: optional(bytes),
});
export type VersionInfo = TypeOf<typeof VersionInfo>;

/** A runtime descriptor; registration accepts version 3 only. */
export const Runtime = struct("registry.Runtime", {
  ...Versioned.members,
  id: Namespace,
  entityId: PublicKey,
  genesis: RuntimeGenesis,
  kind: RuntimeKind,
  teeHardware: TEEHardware,
  /** Runtime ID of the key manager. */
  keyManager: optional(nullable(Namespace)),
  executor: optional(ExecutorParameters),
  txnScheduler: optional(TxnSchedulerParameters),
  storage: optional(StorageParameters),
  admissionPolicy: RuntimeAdmissionPolicy,
  constraints: optional(map(CommitteeKind, nullable(map(Role, SchedulingConstraints)))),
  staking: optional(RuntimeStakingParameters),
  governanceModel: RuntimeGovernanceModel,
  /** A null entry is representable because validation, not decoding, refuses it. */
  deployments: optional(list(nullable(VersionInfo))),
});
export type Runtime = TypeOf<typeof Runtime>;
