// Enumerations of the scheduler. Reference: go/scheduler/api/api.go.
import { enumeration, u8 } from "@wadi/codec";

export const committeeKinds = { invalid: 0, executor: 1 } as const;

/** Kind of committee. `invalid` is written but not read as text. */
export const CommitteeKind = enumeration(
  "scheduler.CommitteeKind",
  "u8",
  { 0: "invalid", 1: "executor" },
  { writeOnly: [0] },
);
export type CommitteeKind = number;

export const committeeRoles = { invalid: 0, worker: 1, backupWorker: 2 } as const;

/** Role in a committee. `invalid` is written but not read as text. */
export const Role = enumeration(
  "scheduler.Role",
  "u8",
  { 0: "invalid", 1: "worker", 2: "backup-worker" },
  { writeOnly: [0] },
);
export type Role = number;

export const votingPowerDistributions = { linear: 0, squareRoot: 1 } as const;

/** How stake becomes voting power, a u8. */
export const VotingPowerDistribution = u8;
export type VotingPowerDistribution = number;
