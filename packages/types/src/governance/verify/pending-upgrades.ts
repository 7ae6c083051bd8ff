// Upgrades that passed proposals leave to be done.
// Reference: oasis-core go/governance/api/proposal.go `PendingUpgradesFromProposals`.
import { proposalStates } from "../kinds.ts";
import type { Proposal, UpgradeProposal } from "../proposals.ts";

/** An upgrade and the proposal that decided it. */
export interface PendingUpgradeOf {
  readonly proposalId: bigint;
  readonly upgrade: UpgradeProposal;
}

/** Passed upgrades at or after `epoch` without those that a passed proposal cancels, in order of proposals. */
export function pendingUpgrades(proposals: readonly Proposal[], epoch: bigint): PendingUpgradeOf[] {
  const pending: PendingUpgradeOf[] = [];
  const passed = proposals.filter((proposal) => proposal.state === proposalStates.passed);
  for (const { id, content } of passed) {
    if (content.upgrade !== null && content.upgrade.epoch >= epoch) {
      pending.push({ proposalId: id, upgrade: content.upgrade });
    }
  }
  for (const { content } of passed) {
    if (content.cancelUpgrade === null) continue;
    const cancelled = content.cancelUpgrade.proposalId;
    const index = pending.findIndex((entry) => entry.proposalId === cancelled);
    if (index !== -1) pending.splice(index, 1);
  }
  return pending;
}
