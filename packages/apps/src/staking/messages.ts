// What other applications ask of staking. Reference: go/consensus/cometbft/apps/staking/staking.go
// (ExecuteMessage), messages.go.
import { addressToText } from "@wadi/crypto";
import { encodeCbor, type Schema } from "@wadi/codec";
import { genesis, governance, staking, type roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { isRefusal, reasonOf, refuse, refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages, type RuntimeMessage } from "../message-kinds.ts";
import { parameterChanges, type ParameterRules } from "../parameter-changes.ts";
import { withCommissionSchedule } from "./accounts.ts";
import { account, commissionScheduleAddresses, setAccount, setStakingParameters, stakingParameters } from "./state.ts";
import { withdraw } from "./transactions/allowances.ts";
import { addEscrow, reclaimEscrow } from "./transactions/escrow.ts";
import { transfer } from "./transactions/transfer.ts";

const MODULE = "staking";

const parameterRules: ParameterRules<staking.ConsensusParameters, staking.ConsensusParameterChanges> = {
  module: MODULE,
  changes: staking.ConsensusParameterChanges,
  current: stakingParameters,
  apply: governance.applyStakingParameterChanges,
  check(ctx, changed) {
    genesis.checkStakingParameters(changed, ctx.debug, (member, what) => refusePlain(`${member}: ${what}`));
  },
  set(ctx, changed, { minCommissionRate }) {
    if (minCommissionRate !== null) raiseCommission(ctx, changed, minCommissionRate);
    setStakingParameters(ctx, changed);
  },
};

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.runtimeStaking, executeRuntimeMessage),
  ...parameterChanges(parameterRules),
];

/** The result as CBOR; nothing in CheckTx and simulation. */
function executeRuntimeMessage(
  ctx: Context,
  { message, fromRuntime }: RuntimeMessage<roothash.StakingMessage>,
): Uint8Array | undefined {
  if (message.transfer !== null) return encoded(staking.TransferResult, transfer(ctx, message.transfer));
  if (message.withdraw !== null) return encoded(staking.WithdrawResult, withdraw(ctx, message.withdraw));
  if (message.addEscrow !== null) {
    return encoded(staking.AddEscrowResult, addEscrow(ctx, message.addEscrow, fromRuntime));
  }
  if (message.reclaimEscrow !== null) {
    return encoded(staking.ReclaimEscrowResult, reclaimEscrow(ctx, message.reclaimEscrow, fromRuntime));
  }
  return refuse(staking.ErrInvalidArgument, "the message names no action");
}

/** CBOR null for no result. In the reference a nil pointer is a non-nil answer too. */
function encoded<T>(schema: Schema<T>, result: T | undefined): Uint8Array {
  return result === undefined ? Uint8Array.of(0xf6) : encodeCbor(schema, result);
}

/** Schedules follow a higher minimum. Accounts stored before one that fails stay changed. */
function raiseCommission(ctx: Context, parameters: staking.ConsensusParameters, minimum: bigint): void {
  const epoch = ctx.currentEpoch();
  const atLeast = (rate: bigint): bigint => (rate < minimum ? minimum : rate);
  for (const owner of commissionScheduleAddresses(ctx.state)) {
    const found = account(ctx.state, owner);
    const { rates, bounds } = found.escrow.commissionSchedule;
    const isBelow =
      rates.some(({ rate }) => rate < minimum) ||
      bounds.some(({ rateMin, rateMax }) => rateMin < minimum || rateMax < minimum);
    if (!isBelow) continue;
    const raised = {
      rates: rates.map((step) => ({ ...step, rate: atLeast(step.rate) })),
      bounds: bounds.map((step) => ({ ...step, rateMin: atLeast(step.rateMin), rateMax: atLeast(step.rateMax) })),
    };
    try {
      const pruned = staking.pruneAndValidateSchedule(raised, parameters.commissionScheduleRules, epoch);
      setAccount(ctx.state, owner, withCommissionSchedule(found, pruned));
    } catch (e) {
      if (!isRefusal(e)) throw e;
      refusePlain(`commission schedule of ${addressToText(owner)} after the change: ${reasonOf(e)}`);
    }
  }
}
