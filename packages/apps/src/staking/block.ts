// What staking does at the beginning and end of every block.
// Reference: go/consensus/cometbft/apps/staking/staking.go, votes.go, proposing_rewards.go.
import { stakingAddress, type Address } from "@wadi/crypto";
import { EPOCH_INVALID, events } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { credit, withDebondingPool } from "./accounts.ts";
import { blockFees, blockProposer } from "./block-memory.ts";
import { rewardEpochSigning, updateEpochSigning } from "./epoch-signing.ts";
import { disburseBlockFees, disburseKeptFees } from "./fees.ts";
import { punishMisbehavior } from "./misbehavior.ts";
import type { ValidatorNodes } from "./ports.ts";
import { addAttenuatedReward } from "./rewards.ts";
import { withdraw } from "./share-pool.ts";
import {
  account,
  expiredDebonding,
  removeDebondingDelegation,
  setAccount,
  stakingParameters,
  type ExpiredDebonding,
} from "./state.ts";

export function beginBlock(ctx: Context, nodes: ValidatorNodes): void {
  const { proposerAddress, lastCommit, misbehavior } = ctx.block.info;
  const proposerNode = nodes.byConsensusAddress(ctx.state, proposerAddress);
  const proposer = proposerNode === undefined ? undefined : stakingAddress(proposerNode.entityId);
  const voters = lastCommit.flatMap(({ address, signed }) => {
    const node = signed ? nodes.byConsensusAddress(ctx.state, address) : undefined;
    return node === undefined ? [] : [node.entityId];
  });

  disburseKeptFees(ctx, proposer, lastCommit.length, voters.map(stakingAddress));
  ctx.block.set(blockProposer, proposer);
  if (proposer !== undefined) rewardProposer(ctx, proposer, voters.length, lastCommit.length);
  updateEpochSigning(ctx, voters);
  for (const one of misbehavior) punishMisbehavior(ctx, nodes, one);
}

/** By the part of the validators whose votes the proposer included; none in the first block. */
function rewardProposer(ctx: Context, proposer: Address, votes: number, eligible: number): void {
  const epoch = ctx.currentEpoch();
  if (epoch === EPOCH_INVALID) return;
  const { rewardFactorBlockProposed } = stakingParameters(ctx.state);
  const fraction = { numerator: BigInt(votes), denominator: BigInt(eligible) };
  addAttenuatedReward(ctx, epoch, rewardFactorBlockProposed, fraction, proposer);
}

export function endBlock(ctx: Context): void {
  disburseBlockFees(ctx, ctx.block.get(blockProposer), ctx.block.get(blockFees));
  const epoch = ctx.epochChange();
  if (epoch === undefined) return;
  for (const expired of expiredDebonding(ctx.state, epoch)) payDebonded(ctx, expired);
  rewardEpochSigning(ctx, epoch);
}

/** Stake whose debonding time is over goes back to its owner. */
function payDebonded(ctx: Context, { epoch, delegator, escrow, shares }: ExpiredDebonding): void {
  const isOwn = delegator === escrow;
  const owner = account(ctx.state, delegator);
  const source = isOwn ? owner : account(ctx.state, escrow);
  const { pool, stake } = withdraw(source.escrow.debonding, shares, shares);
  removeDebondingDelegation(ctx.state, delegator, escrow, epoch);
  setAccount(ctx.state, delegator, credit(isOwn ? withDebondingPool(owner, pool) : owner, stake));
  if (!isOwn) setAccount(ctx.state, escrow, withDebondingPool(source, pool));
  ctx.emit(events.eventKinds.stakingReclaimEscrow, { owner: delegator, escrow, amount: stake, shares });
}
