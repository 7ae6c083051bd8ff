// governance.SubmitProposal. Reference: go/consensus/cometbft/apps/governance/transactions.go.
import { isReservedAddress } from "@wadi/crypto";
import { events, governance, staking, transaction } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../../framework/context.ts";
import { isRefusal, refuse } from "../../framework/errors.ts";
import { messages } from "../../message-kinds.ts";
import { depositForGovernance } from "../../staking/moves.ts";
import { account } from "../../staking/state.ts";
import { parameters, pendingUpgradeOf, setActiveProposal, takeProposalId } from "../state.ts";
import { requireDistance } from "../upgrade-distance.ts";

const gasOp = must(transaction.methods.submitProposal.gasOp);

/** The new proposal; undefined in CheckTx and simulation. */
export function submitProposal(ctx: Context, content: governance.ProposalContent): governance.Proposal | undefined {
  const params = parameters(ctx.state);
  requireValidContent(content, params);
  if (ctx.isCheck) return undefined;
  if (content.changeParameters !== null && !params.enableChangeParametersProposal) {
    refuse(governance.ErrInvalidArgument, "enable_change_parameters_proposal is false");
  }
  ctx.useGas(1, gasOp, params.gasCosts);
  if (ctx.isSimulation) return undefined;

  const submitter = ctx.caller;
  if (isReservedAddress(submitter)) refuse(staking.ErrForbidden, "the caller is a reserved account");
  const deposit = params.minProposalDeposit;
  const { balance } = account(ctx.state, submitter).general;
  if (balance < deposit) refuse(staking.ErrInsufficientBalance, "balance below the deposit", { balance, deposit });
  const epoch = ctx.blockEpoch();
  requireExecutable(ctx, content, params, epoch);

  depositForGovernance(ctx, submitter, deposit);
  const id = takeProposalId(ctx.state);
  const proposal: governance.Proposal = {
    id,
    submitter,
    state: governance.proposalStates.active,
    deposit,
    content,
    createdAt: epoch,
    closesAt: addEpochs(epoch, params.votingPeriod),
    results: null,
    invalidVotes: 0n,
  };
  setActiveProposal(ctx.state, proposal);
  ctx.emit(events.eventKinds.governanceProposalSubmitted, { id, submitter });
  return proposal;
}

function requireValidContent(content: governance.ProposalContent, params: governance.ConsensusParameters): void {
  try {
    governance.validateProposalContent(content, params);
  } catch (e) {
    if (!isRefusal(e)) throw e;
    refuse(governance.ErrInvalidArgument, `malformed proposal: ${e instanceof Error ? e.message : String(e)}`);
  }
}

/** What the proposal asks for could be done if it passed now. */
function requireExecutable(
  ctx: Context,
  { upgrade, cancelUpgrade, changeParameters }: governance.ProposalContent,
  params: governance.ConsensusParameters,
  now: bigint,
): void {
  if (upgrade !== null) {
    requireLater(upgrade.epoch, now, params.upgradeMinEpochDiff, "upgrade_min_epoch_diff");
    requireDistance(ctx.state, upgrade.epoch, params);
  } else if (cancelUpgrade !== null) {
    const { epoch } = pendingUpgradeOf(ctx.state, cancelUpgrade.proposalId);
    requireLater(epoch, now, params.upgradeCancelMinEpochDiff, "upgrade_cancel_min_epoch_diff");
  } else if (changeParameters !== null) {
    const answer = ctx.publish(messages.validateParameterChanges, changeParameters);
    if (answer === undefined) {
      refuse(governance.ErrInvalidArgument, `module ${changeParameters.module} takes no parameter changes`);
    }
  }
}

function requireLater(epoch: bigint, now: bigint, distance: bigint, which: string): void {
  if (epoch >= addEpochs(now, distance)) return;
  refuse(governance.ErrUpgradeTooSoon, `the upgrade is closer than ${which}`, { epoch, now, distance });
}

/** Wraps silently, as the reference's numbers do. */
function addEpochs(epoch: bigint, distance: bigint): bigint {
  return BigInt.asUintN(64, epoch + distance);
}
