// staking.AmendCommissionSchedule. Reference: go/consensus/cometbft/apps/staking/transactions.go.
import { staking, transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { withCommissionSchedule } from "../accounts.ts";
import { account, setAccount, threshold } from "../state.ts";
import { chargeMethod, requireCaller } from "./method-start.ts";

const { thresholdKinds } = staking;

/** Only accounts that could register a validator may have a schedule. An empty amendment still prunes. */
export function amendCommissionSchedule(ctx: Context, { amendment }: staking.AmendCommissionSchedule): void {
  const parameters = chargeMethod(ctx, transaction.methods.stakingAmendCommissionSchedule);
  if (parameters === undefined || ctx.isSimulation) return;
  const epoch = ctx.blockEpoch();
  const owner = requireCaller(ctx);
  const found = account(ctx.state, owner);
  const { active, commissionSchedule } = found.escrow;
  const needed = threshold(parameters, thresholdKinds.entity) + threshold(parameters, thresholdKinds.nodeValidator);
  if (active.balance < needed) {
    refuse(staking.ErrInsufficientStake, "escrow below the thresholds of an entity and a validator", {
      balance: active.balance,
      needed,
    });
  }
  const amended = staking.amendSchedule(commissionSchedule, amendment, parameters.commissionScheduleRules, epoch);
  setAccount(ctx.state, owner, withCommissionSchedule(found, amended));
}
