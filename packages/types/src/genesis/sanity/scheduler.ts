// Reference: oasis-core go/scheduler/api/sanity_check.go.
import type { ConsensusParameters, Genesis } from "../../scheduler/parameters.ts";
import { votingPowerFromStake } from "../../scheduler/voting-power.ts";
import type { SanityContext } from "./options.ts";
import { firstSet, type ProblemFactory, problemsOf, reason, SanityError, UNSAFE_FLAGS } from "./problem.ts";

/** Below the limits of the consensus engine for the sum of voting powers. */
const MAX_TOTAL_VOTING_POWER = (2n ** 63n - 1n) / 8n;

const problem = problemsOf("scheduler: sanity check failed", "scheduler.params");

export function checkScheduler({ params }: Genesis, totalSupply: bigint, context: SanityContext): void {
  checkSchedulerParameters(params, context, problem);
  if (params.debugBypassStake) return;
  let power: bigint;
  try {
    power = votingPowerFromStake(totalSupply, params.votingPowerDistribution);
  } catch (e) {
    throw problem("voting_power_distribution", `total supply has no voting power: ${reason(e)}`, e);
  }
  if (power > MAX_TOTAL_VOTING_POWER) {
    throw new SanityError(
      `init chain: total supply power ${power} exceeds the limit ${MAX_TOTAL_VOTING_POWER}`,
      "staking.total_supply",
    );
  }
}

/** The rules of the parameters alone. */
export function checkSchedulerParameters(
  params: ConsensusParameters,
  { dontBlameOasis }: Pick<SanityContext, "dontBlameOasis">,
  fail: ProblemFactory,
): void {
  const unsafe = firstSet({
    debug_bypass_stake: params.debugBypassStake,
    debug_allow_weak_alpha: params.debugAllowWeakAlpha,
    debug_force_elect: params.debugForceElect !== null,
  });
  if (unsafe !== undefined && !dontBlameOasis) throw fail(unsafe, UNSAFE_FLAGS);
}
