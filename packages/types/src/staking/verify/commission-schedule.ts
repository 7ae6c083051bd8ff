// Rules of commission schedules: when rates and bounds may change and how far.
// Reference: oasis-core go/staking/api/commission.go.
import { ValidationError } from "../../validation-error.ts";
import type {
  CommissionRateBoundStep,
  CommissionRateStep,
  CommissionSchedule,
  CommissionScheduleRules,
} from "../commission.ts";

/** Rates are numerators over this. */
export const COMMISSION_RATE_DENOMINATOR = 100_000n;

/** A schedule as it stands at `epoch`, checked as a whole; throws ValidationError. */
export function pruneAndValidateSchedule(
  schedule: CommissionSchedule,
  rules: CommissionScheduleRules,
  epoch: bigint,
): CommissionSchedule {
  validateComplexity(schedule, rules);
  validateSteps(schedule, rules);
  const pruned = pruneSchedule(schedule, epoch);
  within("after pruning", () => validateWithinBounds(pruned, epoch));
  return pruned;
}

/** The schedule with an amendment merged in, if the amendment is acceptable now; throws ValidationError. */
export function amendSchedule(
  schedule: CommissionSchedule,
  amendment: CommissionSchedule,
  rules: CommissionScheduleRules,
  epoch: bigint,
): CommissionSchedule {
  within("amendment", () => {
    validateComplexity(amendment, rules);
    validateSteps(amendment, rules);
    validateAmendmentStart(amendment, rules, epoch, schedule.bounds.length === 0);
  });
  const pruned = pruneSchedule(schedule, epoch);
  const amended = {
    rates: replaceFrom(pruned.rates, amendment.rates),
    bounds: replaceFrom(pruned.bounds, amendment.bounds),
  };
  within("after pruning and amending", () => {
    validateComplexity(amended, rules);
    validateWithinBounds(amended, epoch);
  });
  return amended;
}

/** Without the steps that a later step had replaced by `epoch`. */
export function pruneSchedule(schedule: CommissionSchedule, epoch: bigint): CommissionSchedule {
  return { rates: pruneSteps(schedule.rates, epoch), bounds: pruneSteps(schedule.bounds, epoch) };
}

/** The rate in force, or undefined before the first step starts. */
export function currentCommissionRate(schedule: CommissionSchedule, epoch: bigint): bigint | undefined {
  let rate: bigint | undefined;
  for (const step of schedule.rates) {
    if (step.start > epoch) break;
    rate = step.rate;
  }
  return rate;
}

function within(where: string, check: () => void): void {
  try {
    check();
  } catch (e) {
    if (e instanceof ValidationError) throw new ValidationError(`${where}: ${e.message}`);
    throw e;
  }
}

function validateComplexity({ rates, bounds }: CommissionSchedule, rules: CommissionScheduleRules): void {
  if (rates.length > rules.maxRateSteps) {
    throw new ValidationError(`rates has ${rates.length} steps, the maximum is ${rules.maxRateSteps}`);
  }
  if (bounds.length > rules.maxBoundSteps) {
    throw new ValidationError(`bounds has ${bounds.length} steps, the maximum is ${rules.maxBoundSteps}`);
  }
}

function validateSteps({ rates, bounds }: CommissionSchedule, rules: CommissionScheduleRules): void {
  rates.forEach((step, i) => {
    const fail = failIn(`rates[${i}]`);
    validateStart(step, rates[i - 1], rules, fail);
    validateRate("rate", step.rate, rules, fail);
  });
  bounds.forEach((step, i) => {
    const fail = failIn(`bounds[${i}]`);
    validateStart(step, bounds[i - 1], rules, fail);
    if (step.rateMax < step.rateMin) fail(`rate_max ${step.rateMax} is less than rate_min ${step.rateMin}`);
    validateRate("rate_max", step.rateMax, rules, fail);
    validateRate("rate_min", step.rateMin, rules, fail);
  });
}

type Fail = (what: string) => never;

function failIn(where: string): Fail {
  return (what) => {
    throw new ValidationError(`${where}: ${what}`);
  };
}

interface Step {
  readonly start: bigint;
}

function validateStart(step: Step, previous: Step | undefined, rules: CommissionScheduleRules, fail: Fail): void {
  const interval = rules.rateChangeInterval;
  // The reference divides by the interval and stops the program where it is zero.
  if (interval === 0n) fail("steps are not possible with a rate_change_interval of 0");
  if (step.start % interval !== 0n) fail(`start ${step.start} is not a multiple of rate_change_interval ${interval}`);
  if (previous !== undefined && step.start <= previous.start) {
    fail(`start ${step.start} is not after the start ${previous.start} of the step before`);
  }
}

function validateRate(name: string, rate: bigint, rules: CommissionScheduleRules, fail: Fail): void {
  if (rate > COMMISSION_RATE_DENOMINATOR) fail(`${name} ${rate} exceeds ${COMMISSION_RATE_DENOMINATOR}`);
  if (rate < rules.minCommissionRate) fail(`${name} ${rate} is below min_commission_rate ${rules.minCommissionRate}`);
}

/** Bounds need a lead, so that delegators can leave before worse ones apply; the first ones do not. */
function validateAmendmentStart(
  { rates, bounds }: CommissionSchedule,
  rules: CommissionScheduleRules,
  epoch: bigint,
  isInitial: boolean,
): void {
  const [rate] = rates;
  if (rate !== undefined && rate.start <= epoch) {
    throw new ValidationError(`rates[0]: start ${rate.start} is not after the current epoch ${epoch}`);
  }
  const [bound] = bounds;
  const earliest = BigInt.asUintN(64, epoch + 1n + (isInitial ? 0n : rules.rateBoundLead));
  if (bound !== undefined && bound.start < earliest) {
    throw new ValidationError(`bounds[0]: start ${bound.start} is before the earliest possible ${earliest}`);
  }
}

function pruneSteps<S extends Step>(steps: readonly S[], epoch: bigint): readonly S[] {
  let from = 0;
  for (let next = steps[1]; next !== undefined && next.start <= epoch; next = steps[from + 1]) from++;
  return from === 0 ? steps : steps.slice(from);
}

/** Steps from the amendment's start on are replaced as a whole. */
function replaceFrom<S extends Step>(steps: readonly S[], amendment: readonly S[]): readonly S[] {
  const [first] = amendment;
  if (first === undefined) return steps;
  const kept = steps.findIndex((step) => step.start >= first.start);
  return [...(kept === -1 ? steps : steps.slice(0, kept)), ...amendment];
}

/** Walks both step lists through time; every rate must lie in the bounds of its time. */
function validateWithinBounds({ rates, bounds }: CommissionSchedule, epoch: bigint): void {
  if (rates.length === 0 && bounds.length === 0) return;
  let [rate] = rates;
  let [bound] = bounds;
  if (rate === undefined) throw new ValidationError("rates missing");
  if (bound === undefined) throw new ValidationError("bounds missing");

  // Steps in force may have begun at different times; a schedule of the future begins at once.
  const isFuture = rate.start > epoch || bound.start > epoch;
  if (isFuture && rate.start !== bound.start) {
    throw new ValidationError(`rates start at epoch ${rate.start}, bounds at ${bound.start}`);
  }
  let at = isFuture ? rate.start : epoch;
  for (let rateIndex = 0, boundIndex = 0; ;) {
    validateInBound(rate, rateIndex, bound, boundIndex, at);
    const nextRate: CommissionRateStep | undefined = rates[rateIndex + 1];
    const nextBound: CommissionRateBoundStep | undefined = bounds[boundIndex + 1];
    if (nextRate === undefined && nextBound === undefined) return;
    at = earlierStart(nextRate, nextBound);
    if (nextRate !== undefined && nextRate.start === at) {
      rate = nextRate;
      rateIndex++;
    }
    if (nextBound !== undefined && nextBound.start === at) {
      bound = nextBound;
      boundIndex++;
    }
  }
}

function earlierStart(a: Step | undefined, b: Step | undefined): bigint {
  if (a === undefined) return b?.start ?? 0n;
  return b === undefined || a.start <= b.start ? a.start : b.start;
}

function validateInBound(
  { rate }: CommissionRateStep,
  rateIndex: number,
  { rateMin, rateMax }: CommissionRateBoundStep,
  boundIndex: number,
  epoch: bigint,
): void {
  if (rate >= rateMin && rate <= rateMax) return;
  throw new ValidationError(
    `rate ${rate} of rates[${rateIndex}] is outside ${rateMin} to ${rateMax} of bounds[${boundIndex}] at epoch ${epoch}`,
  );
}
