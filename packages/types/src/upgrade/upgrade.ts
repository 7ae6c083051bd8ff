// Upgrade descriptors. Reference: go/upgrade/api/api.go.
import { i64Number, nullable, struct, text, u64Number, type TypeOf } from "@wadi/codec";

import { EpochTime } from "../scalars/epoch.ts";
import { Versioned } from "../scalars/versioned.ts";
import { ProtocolVersions } from "../version/version.ts";

export const UpgradeStage = u64Number;
export type UpgradeStage = number;

/** Bounded: a node writes only these two, to its own state. */
export const upgradeStages = { startup: 1, consensus: 2 } as const;

/** An upgrade everyone must agree on: `v` 1. */
export const Descriptor = struct("upgrade.Descriptor", {
  ...Versioned.members,
  handler: text,
  target: ProtocolVersions,
  epoch: EpochTime,
});
export type Descriptor = TypeOf<typeof Descriptor>;

/** An upgrade a node waits for. */
export const PendingUpgrade = struct("upgrade.PendingUpgrade", {
  ...Versioned.members,
  descriptor: nullable(Descriptor),
  /** Zero until the upgrade epoch is reached. */
  upgradeHeight: i64Number,
  lastCompletedStage: UpgradeStage,
});
export type PendingUpgrade = TypeOf<typeof PendingUpgrade>;
