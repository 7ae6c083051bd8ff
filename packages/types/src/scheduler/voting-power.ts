// Reference: oasis-core go/scheduler/api/api.go `VotingPowerFromStake`.
import { ValidationError } from "../validation-error.ts";
import { votingPowerDistributions } from "./kinds.ts";

const BASE_UNITS_PER_VOTING_POWER = 16n;
const MAX_INT64 = 2n ** 63n - 1n;

/** Greatest integer whose square is at most `n`. */
function sqrtFloor(n: bigint): bigint {
  if (n < 2n) return n;
  // Newton's method from above converges monotonically.
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** Voting power of an amount of base units, at least 1; throws ValidationError above 2^63-1. */
export function votingPowerFromStake(stake: bigint, distribution: number): bigint {
  const isLinear = distribution === votingPowerDistributions.linear;
  const scaled = isLinear ? stake / BASE_UNITS_PER_VOTING_POWER : stake;
  // Zero power would mean removal to the consensus engine.
  if (scaled === 0n) return 1n;
  const power = distribution === votingPowerDistributions.squareRoot ? sqrtFloor(scaled) : scaled;
  if (power > MAX_INT64) throw new ValidationError(`${power} is too many base units to convert to power`);
  return power;
}
