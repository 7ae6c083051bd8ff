// How every staking method begins. Reference: go/consensus/cometbft/apps/staking/transactions.go.
import { isReservedAddress, type Address } from "@wadi/crypto";
import { staking, type transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { stakingParameters } from "../state.ts";

/** Charges the method; undefined where nothing more is to be done (CheckTx). */
export function chargeMethod(ctx: Context, { gasOp }: transaction.Method): staking.ConsensusParameters | undefined {
  if (ctx.isCheck) return undefined;
  const parameters = stakingParameters(ctx.state);
  if (gasOp !== undefined) ctx.useGas(1, gasOp, parameters.gasCosts);
  return parameters;
}

/** The caller, refused with (`staking`, 5) if it is reserved. */
export function requireCaller(ctx: Context): Address {
  if (isReservedAddress(ctx.caller)) refuse(staking.ErrForbidden, "the caller is a reserved account");
  return ctx.caller;
}
