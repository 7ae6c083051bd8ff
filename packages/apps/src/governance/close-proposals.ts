// Closing proposals whose voting period is over.
// Reference: go/consensus/cometbft/apps/governance/governance.go (EndBlock, validatorsEscrow).
import { stakingAddress, type Address } from "@wadi/crypto";
import { events, governance, type staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { isRefusal, refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { currentValidators } from "../scheduler/state.ts";
import { discardGovernanceDeposit, returnGovernanceDeposit } from "../staking/moves.ts";
import { account, delegationsFor } from "../staking/state.ts";
import { executeProposal } from "./execute-proposal.ts";
import { activeProposals, parameters, removeActiveProposal, setProposal, votes } from "./state.ts";
import { decide, tallyVotes, type ValidatorPools } from "./tally.ts";

const { passed, rejected, failed } = governance.proposalStates;

/**
 * Closes all proposals of an epoch that has just begun. The validators are those elected in this
 * very block, their pools include the rewards paid in it.
 */
export function closeProposals(ctx: Context, epoch: bigint): void {
  const closing = activeProposals(ctx.state).filter(({ closesAt }) => closesAt === epoch);
  if (closing.length === 0) return;
  const pools = validatorPools(ctx.state);
  let totalStake = 0n;
  for (const { balance } of pools.values()) totalStake += balance;
  if (totalStake === 0n) refusePlain("total voting stake is zero");
  for (const proposal of closing) closeProposal(ctx, proposal, pools, totalStake);
}

/** An entity with several validators has one pool. */
function validatorPools(state: State): ValidatorPools {
  const pools = new Map<Address, staking.SharePool>();
  for (const { entityId } of currentValidators(state)?.values() ?? []) {
    const address = stakingAddress(entityId);
    if (!pools.has(address)) pools.set(address, account(state, address).escrow.active);
  }
  return pools;
}

function closeProposal(ctx: Context, active: governance.Proposal, pools: ValidatorPools, totalStake: bigint): void {
  const { state } = ctx;
  const { id, submitter, deposit } = active;
  const tally = tallyVotes(pools, votes(state, id), (voter) => delegationsFor(state, voter));
  const counted: governance.Proposal = { ...active, ...tally };
  const decision = decide(counted, totalStake, parameters(state).stakeThreshold);
  const closed = { ...counted, state: decision === passed ? execute(ctx, counted) : decision };

  setProposal(state, closed);
  removeActiveProposal(state, closed);
  ctx.emit(events.eventKinds.governanceProposalFinalized, { id, state: closed.state });
  if (closed.state === rejected) discardGovernanceDeposit(ctx, deposit);
  else returnGovernanceDeposit(ctx, submitter, deposit);
}

/** Nothing is rolled back where the execution fails half way. */
function execute(ctx: Context, proposal: governance.Proposal): governance.ProposalState {
  try {
    executeProposal(ctx, proposal);
    return passed;
  } catch (e) {
    if (!isRefusal(e)) throw e;
    return failed;
  }
}
