// staking.Transfer and staking.Burn. Reference: go/consensus/cometbft/apps/staking/transactions.go.
import { reservedAddresses, type Address } from "@wadi/crypto";
import { events, staking, transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { credit, debit } from "../accounts.ts";
import { requireMinimumBalance } from "../moves.ts";
import { account, setAccount, setTotalSupply, totalSupply } from "../state.ts";
import { chargeMethod, requireCaller } from "./method-start.ts";

const { methods } = transaction;
const { eventKinds } = events;

/** Stake that goes to the burn address is burnt, and the transfer is reported after the burn. */
export function transfer(ctx: Context, { to, amount }: staking.Transfer): staking.TransferResult | undefined {
  const parameters = chargeMethod(ctx, methods.stakingTransfer);
  if (parameters === undefined || ctx.isSimulation) return undefined;
  const from = requireCaller(ctx);
  if (parameters.disableTransfers && parameters.undisableTransfersFrom.get(from) !== true) {
    refuse(staking.ErrForbidden, "transfers are disabled");
  }
  if (to === reservedAddresses.burn) burnStake(ctx, parameters, from, amount);
  else moveStake(ctx, parameters, from, to, amount);
  ctx.emit(eventKinds.stakingTransfer, { from, to, amount });
  return { from, to, amount };
}

export function burn(ctx: Context, { amount }: staking.Burn): void {
  const parameters = chargeMethod(ctx, methods.stakingBurn);
  if (parameters === undefined || ctx.isSimulation) return;
  burnStake(ctx, parameters, requireCaller(ctx), amount);
}

/** Refuses with (`staking`, 9) what is below `min_transfer`. */
export function requireMinimumTransfer({ minTransfer }: staking.ConsensusParameters, amount: bigint): void {
  if (amount < minTransfer) refuse(staking.ErrUnderMinTransferAmount, "below min_transfer", { amount, minTransfer });
}

function moveStake(
  ctx: Context,
  parameters: staking.ConsensusParameters,
  from: Address,
  to: Address,
  amount: bigint,
): void {
  requireMinimumTransfer(parameters, amount);
  const source = account(ctx.state, from);
  if (from === to) {
    const { balance } = source.general;
    if (balance < amount) refuse(staking.ErrInsufficientBalance, "transfer to self", { balance, amount });
    setAccount(ctx.state, from, source);
    return;
  }
  const target = account(ctx.state, to);
  const debited = debit(source, amount);
  const credited = credit(target, amount);
  requireMinimumBalance(parameters, debited, "source account");
  requireMinimumBalance(parameters, credited, "dest account");
  setAccount(ctx.state, to, credited);
  setAccount(ctx.state, from, debited);
}

function burnStake(ctx: Context, parameters: staking.ConsensusParameters, owner: Address, amount: bigint): void {
  requireMinimumTransfer(parameters, amount);
  const debited = debit(account(ctx.state, owner), amount);
  requireMinimumBalance(parameters, debited, "account");
  const supply = totalSupply(ctx.state);
  setAccount(ctx.state, owner, debited);
  // The reference ignores a supply that does not cover what accounts hold; it never happens.
  setTotalSupply(ctx.state, supply < amount ? supply : supply - amount);
  ctx.emit(eventKinds.stakingBurn, { owner, amount });
}
