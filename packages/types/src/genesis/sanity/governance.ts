// Reference: oasis-core go/governance/api/sanity_check.go.
import { isReservedAddress } from "@wadi/crypto";

import { proposalStates } from "../../governance/kinds.ts";
import type { ConsensusParameters, Genesis } from "../../governance/parameters.ts";
import type { Proposal } from "../../governance/proposals.ts";
import { pendingUpgrades } from "../../governance/verify/pending-upgrades.ts";
import type { Descriptor } from "../../upgrade/upgrade.ts";
import { validateUpgradeDescriptor } from "../../upgrade/validate.ts";
import { type ProblemFactory, problemsOf, reason } from "./problem.ts";

const MIN_STAKE_THRESHOLD = 67;
const MAX_STAKE_THRESHOLD = 100;

const proposalProblem = problemsOf("governance: proposals sanity check failed", "governance.proposals");
const voteProblem = problemsOf("governance: votes sanity check failed", "governance.vote_entries");
const upgradeProblem = problemsOf("governance: pending upgrades sanity check failed", "governance.proposals");

export function checkGovernance(genesis: Genesis, epoch: bigint, governanceDeposits: bigint): void {
  checkGovernanceParameters(
    genesis.params,
    problemsOf("governance: parameters sanity check failed", "governance.params"),
  );
  checkProposals(genesis, epoch, governanceDeposits);
  const pending = pendingUpgrades(genesis.proposals, epoch).map(({ upgrade }) => upgrade);
  checkPendingUpgrades(pending, epoch, genesis.params);
}

/** The rules of the parameters alone. */
export function checkGovernanceParameters(params: ConsensusParameters, fail: ProblemFactory): void {
  const { stakeThreshold, votingPeriod } = params;
  if (stakeThreshold < MIN_STAKE_THRESHOLD || stakeThreshold > MAX_STAKE_THRESHOLD) {
    throw fail("stake_threshold", `stake_threshold ${stakeThreshold} is not between 67 and 100`);
  }
  if (votingPeriod >= params.upgradeMinEpochDiff) {
    throw fail(
      "voting_period",
      `voting_period ${votingPeriod} must be < upgrade_min_epoch_diff ${params.upgradeMinEpochDiff}`,
    );
  }
  if (votingPeriod >= params.upgradeCancelMinEpochDiff) {
    throw fail(
      "voting_period",
      `voting_period ${votingPeriod} must be < upgrade_cancel_min_epoch_diff ${params.upgradeCancelMinEpochDiff}`,
    );
  }
}

/** The rules of proposals and their votes, of a document or of a state. */
export function checkProposals(
  { proposals, voteEntries }: Pick<Genesis, "proposals" | "voteEntries">,
  epoch: bigint,
  governanceDeposits: bigint,
): void {
  let deposits = 0n;
  proposals.forEach((proposal, index) => {
    const fail = (member: string, what: string): Error =>
      proposalProblem(`[${index}].${member}`, `proposal ${proposal.id}: ${what}`);

    if (proposal.createdAt > epoch) throw fail("created_at", `created_at ${proposal.createdAt} is in the future`);
    if (isReservedAddress(proposal.submitter)) throw fail("submitter", "invalid proposal submitter");
    if (proposal.state === proposalStates.active) {
      checkActiveProposal(proposal, epoch, fail);
      deposits += proposal.deposit;
    } else if (proposal.closesAt > epoch) {
      throw fail("closes_at", `closed proposal has closes_at ${proposal.closesAt} in the future`);
    }
  });
  if (deposits !== governanceDeposits) {
    throw proposalProblem(
      "",
      `sum of active proposals deposits (${deposits}) doesn't match governance_deposits (${governanceDeposits})`,
    );
  }
  checkVotes({ proposals, voteEntries });
}

function checkActiveProposal(proposal: Proposal, epoch: bigint, fail: (member: string, what: string) => Error): void {
  const { closesAt, results, invalidVotes, content } = proposal;
  if (closesAt < epoch) throw fail("closes_at", `active proposal has closes_at ${closesAt} in the past`);
  // Even an empty map of results means that votes have been counted.
  if (results !== null) throw fail("results", "active proposal has results");
  if (invalidVotes !== 0n) throw fail("invalid_votes", `active proposal has ${invalidVotes} invalid_votes`);
  if (content.upgrade !== null && content.upgrade.epoch < epoch) {
    throw fail("content.upgrade.epoch", `active proposal has upgrade epoch ${content.upgrade.epoch} in the past`);
  }
}

function checkVotes({ proposals, voteEntries }: Pick<Genesis, "proposals" | "voteEntries">): void {
  for (const { id } of proposals) {
    voteEntries.get(id)?.forEach(({ voter }, index) => {
      if (isReservedAddress(voter)) throw voteProblem(`${id}[${index}].voter`, `proposal ${id}: invalid voter`);
    });
  }
}

/** Upgrades that are to come are well-formed and keep their distance. */
export function checkPendingUpgrades(pending: readonly Descriptor[], epoch: bigint, params: ConsensusParameters): void {
  for (const descriptor of pending) {
    const { handler } = descriptor;
    try {
      validateUpgradeDescriptor(descriptor);
    } catch (e) {
      throw upgradeProblem("", `pending upgrade ${handler}: ${reason(e)}`, e);
    }
    if (descriptor.epoch < epoch) throw upgradeProblem("", `pending upgrade ${handler}: past upgrade epoch`);
  }
  const epochs = pending.map((descriptor) => descriptor.epoch).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  epochs.forEach((current, i) => {
    const previous = epochs[i - 1];
    if (previous === undefined || current - previous >= params.upgradeMinEpochDiff) return;
    throw upgradeProblem(
      "",
      `pending upgrades at epochs ${previous} and ${current} are not upgrade_min_epoch_diff ` +
        `(${params.upgradeMinEpochDiff}) apart`,
    );
  });
}
