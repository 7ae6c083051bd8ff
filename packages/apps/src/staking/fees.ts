// Who gets the fees. Reference: go/consensus/cometbft/apps/staking/fees.go.
import { reservedAddresses, type Address } from "@wadi/crypto";
import { events } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import { credit } from "./accounts.ts";
import {
  account,
  commonPool,
  lastBlockFees,
  setAccount,
  setCommonPool,
  setLastBlockFees,
  stakingParameters,
} from "./state.ts";

function divide(dividend: bigint, divisor: bigint, what: string): bigint {
  if (divisor === 0n) throw new BlockFailure(`${what}: division by zero`);
  return dividend / divisor;
}

/** Pays out of the fee accumulator. */
function pay(ctx: Context, to: Address, amount: bigint): void {
  setAccount(ctx.state, to, credit(account(ctx.state, to), amount));
  emitPayment(ctx, to, amount);
}

function payCommonPool(ctx: Context, amount: bigint): void {
  if (amount === 0n) return;
  setCommonPool(ctx.state, commonPool(ctx.state) + amount);
  emitPayment(ctx, reservedAddresses.commonPool, amount);
}

function emitPayment(ctx: Context, to: Address, amount: bigint): void {
  ctx.emit(events.eventKinds.stakingTransfer, { from: reservedAddresses.feeAccumulator, to, amount });
}

/** Shares of the fees of a block that its successor pays. */
export interface FeeShares {
  /** To this block's proposer for every vote it included. */
  readonly nextProposer: bigint;
  readonly voter: bigint;
}

/** Splits kept fees among as many validators as could vote. Throws BlockFailure for a division by zero. */
function splitKeptFees(
  fees: bigint,
  eligible: number,
  weights: { readonly feeSplitWeightVote: bigint; readonly feeSplitWeightNextPropose: bigint },
): FeeShares {
  const perValidator = divide(fees, BigInt(eligible), "divide perValidator");
  const { feeSplitWeightVote, feeSplitWeightNextPropose } = weights;
  const nextProposer = divide(
    perValidator * feeSplitWeightNextPropose,
    feeSplitWeightVote + feeSplitWeightNextPropose,
    "divide shareNextProposer",
  );
  return { nextProposer, voter: perValidator - nextProposer };
}

/** BeginBlock: kept fees of the last block go to its voters and to the proposer of this one. */
export function disburseKeptFees(
  ctx: Context,
  proposer: Address | undefined,
  eligible: number,
  voters: readonly Address[],
): void {
  const fees = lastBlockFees(ctx.state);
  if (fees === 0n) return;
  const shares = splitKeptFees(fees, eligible, stakingParameters(ctx.state));
  let left = fees;
  const proposerTotal = shares.nextProposer * BigInt(voters.length);
  if (proposerTotal > 0n && proposer !== undefined) {
    pay(ctx, proposer, proposerTotal);
    left -= proposerTotal;
  }
  if (shares.voter > 0n) {
    for (const voter of voters) {
      pay(ctx, voter, shares.voter);
      left -= shares.voter;
    }
  }
  // There cannot be more voters than validators that could vote.
  if (left < 0n) throw new BlockFailure("insufficient balance: kept fees");
  payCommonPool(ctx, left);
}

/** What of a block's fees is kept for its voters and the next proposer. */
function keptFees(
  fees: bigint,
  weights: {
    readonly feeSplitWeightPropose: bigint;
    readonly feeSplitWeightVote: bigint;
    readonly feeSplitWeightNextPropose: bigint;
  },
): bigint {
  const later = weights.feeSplitWeightVote + weights.feeSplitWeightNextPropose;
  return divide(fees * later, later + weights.feeSplitWeightPropose, "divide feePersistAmt");
}

/** EndBlock: the proposer gets its share now, the common pool if nobody knows the proposer. */
export function disburseBlockFees(ctx: Context, proposer: Address | undefined, fees: bigint): void {
  if (fees === 0n) {
    setLastBlockFees(ctx.state, 0n);
    return;
  }
  const kept = keptFees(fees, stakingParameters(ctx.state));
  setLastBlockFees(ctx.state, kept);
  const rest = fees - kept;
  if (proposer !== undefined && rest > 0n) pay(ctx, proposer, rest);
  else payCommonPool(ctx, rest);
}
