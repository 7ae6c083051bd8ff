// Upgrades keep a distance from each other. Reference:
// go/consensus/cometbft/apps/governance/transactions.go (submitProposal), governance.go (executeProposal).
import { governance } from "@wadi/types";

import { refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { pendingUpgrades } from "./state.ts";

/** Refuses with (`governance`, 3) if another upgrade is closer than `upgrade_min_epoch_diff`. */
export function requireDistance(state: State, epoch: bigint, parameters: governance.ConsensusParameters): void {
  const { upgradeMinEpochDiff } = parameters;
  for (const pending of pendingUpgrades(state)) {
    const distance = pending.epoch > epoch ? pending.epoch - epoch : epoch - pending.epoch;
    if (distance < upgradeMinEpochDiff) {
      refuse(governance.ErrUpgradeAlreadyPending, `upgrade already scheduled at epoch: ${pending.epoch}`, {
        epoch,
        upgradeMinEpochDiff,
      });
    }
  }
}
