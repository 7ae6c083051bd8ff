// Commission schedules. Reference: go/staking/api/commission.go.
import { list, optional, quantity, struct, u16, type TypeOf } from "@wadi/codec";

import { EpochTime } from "../scalars/epoch.ts";

export const CommissionRateStep = struct("staking.CommissionRateStep", {
  start: optional(EpochTime),
  /** Denominator 100 000. */
  rate: optional(quantity),
});
export type CommissionRateStep = TypeOf<typeof CommissionRateStep>;

export const CommissionRateBoundStep = struct("staking.CommissionRateBoundStep", {
  start: optional(EpochTime),
  rateMin: optional(quantity),
  rateMax: optional(quantity),
});
export type CommissionRateBoundStep = TypeOf<typeof CommissionRateBoundStep>;

export const CommissionSchedule = struct("staking.CommissionSchedule", {
  rates: optional(list(CommissionRateStep)),
  bounds: optional(list(CommissionRateBoundStep)),
});
export type CommissionSchedule = TypeOf<typeof CommissionSchedule>;

export const AmendCommissionSchedule = struct("staking.AmendCommissionSchedule", {
  amendment: CommissionSchedule,
});
export type AmendCommissionSchedule = TypeOf<typeof AmendCommissionSchedule>;

export const CommissionScheduleRules = struct("staking.CommissionScheduleRules", {
  rateChangeInterval: optional(EpochTime),
  rateBoundLead: optional(EpochTime),
  maxRateSteps: optional(u16),
  maxBoundSteps: optional(u16),
  minCommissionRate: quantity,
});
export type CommissionScheduleRules = TypeOf<typeof CommissionScheduleRules>;
