// Reference: oasis-core go/staking/api/sanity_check.go `ConsensusParameters.SanityCheck`, token/token.go.
import { utf8 } from "@wadi/util";

import { EPOCH_INVALID } from "../../scalars/epoch.ts";
import type { Genesis } from "../../staking/genesis.ts";
import { ThresholdKind, thresholdKinds } from "../../staking/kinds.ts";
import type { ConsensusParameters } from "../../staking/parameters.ts";
import { COMMISSION_RATE_DENOMINATOR } from "../../staking/verify/commission-schedule.ts";
import type { SanityContext } from "./options.ts";
import { type ProblemFactory, UNSAFE_FLAGS } from "./problem.ts";

/** Reward scales are numerators over this. */
const REWARD_AMOUNT_DENOMINATOR = 100_000_000n;
const MAX_TOKEN_VALUE_EXPONENT = 20;
const MAX_TOKEN_SYMBOL_LENGTH = 8;

/** The threshold of churp came later and is optional. */
const REQUIRED_THRESHOLDS = Object.values(thresholdKinds).filter((kind) => kind !== thresholdKinds.keyManagerChurp);

/** The rules of the parameters alone. */
export function checkStakingParameters(
  params: ConsensusParameters,
  { dontBlameOasis }: Pick<SanityContext, "dontBlameOasis">,
  fail: ProblemFactory,
): void {
  if (params.debugBypassStake && !dontBlameOasis) throw fail("debug_bypass_stake", UNSAFE_FLAGS);
  for (const kind of REQUIRED_THRESHOLDS) {
    if (!params.thresholds.has(kind)) {
      throw fail("thresholds", `threshold for kind '${ThresholdKind.keyText?.format(kind) ?? kind}' not defined`);
    }
  }
  if (params.feeSplitWeightPropose + params.feeSplitWeightVote + params.feeSplitWeightNextPropose === 0n) {
    throw fail("fee_split_weight_propose", "fee split proportions (fee_split_weight_*) are all zero");
  }
  const { minCommissionRate } = params.commissionScheduleRules;
  if (minCommissionRate > COMMISSION_RATE_DENOMINATOR) {
    throw fail(
      "commission_schedule_rules.min_commission_rate",
      `min_commission_rate ${minCommissionRate}/${COMMISSION_RATE_DENOMINATOR} over unity`,
    );
  }
  checkRewardSchedule(params, fail);
  const { signingRewardThresholdNumerator: numerator, signingRewardThresholdDenominator: denominator } = params;
  if (numerator > denominator) {
    throw fail("signing_reward_threshold_numerator", `signing reward threshold ${numerator}/${denominator} over unity`);
  }
}

function checkRewardSchedule({ rewardSchedule }: ConsensusParameters, fail: ProblemFactory): void {
  let previous = 0n;
  rewardSchedule.forEach(({ scale, until }, index) => {
    const member = `reward_schedule[${index}]`;
    if (scale > REWARD_AMOUNT_DENOMINATOR) {
      throw fail(`${member}.scale`, `reward scale ${scale} exceeds ${REWARD_AMOUNT_DENOMINATOR}`);
    }
    if (until === EPOCH_INVALID) throw fail(`${member}.until`, `reward until ${until} is not a valid epoch`);
    if (until <= previous) {
      throw fail(`${member}.until`, `reward steps must be sequential (previous is ${previous}, current is ${until})`);
    }
    previous = until;
  });
}

/** The rules about the token's name and display. */
export function checkToken({ tokenSymbol, tokenValueExponent }: Genesis, fail: ProblemFactory): void {
  if (tokenSymbol === "") throw fail("token_symbol", "token_symbol is empty");
  const sizeBytes = utf8(tokenSymbol).length;
  if (sizeBytes > MAX_TOKEN_SYMBOL_LENGTH) {
    throw fail("token_symbol", `token_symbol is ${sizeBytes} bytes long, the maximum is ${MAX_TOKEN_SYMBOL_LENGTH}`);
  }
  if (!/^[A-Z]+$/.test(tokenSymbol)) throw fail("token_symbol", `token_symbol '${tokenSymbol}' is not of A-Z`);
  if (tokenValueExponent > MAX_TOKEN_VALUE_EXPONENT) {
    throw fail(
      "token_value_exponent",
      `token_value_exponent ${tokenValueExponent} exceeds ${MAX_TOKEN_VALUE_EXPONENT}`,
    );
  }
}
