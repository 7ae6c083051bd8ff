// Proposals, votes and pending upgrades go together. Reference:
// go/consensus/cometbft/apps/supplementarysanity/checks.go (checkGovernance).
import { genesis } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { exportGenesis } from "../../governance/genesis.ts";
import { pendingUpgrades } from "../../governance/state.ts";
import { governanceDeposits } from "../../staking/state.ts";

export function checkGovernance({ state }: Context, epoch: bigint): void {
  const exported = exportGenesis(state);
  const { params } = exported;
  genesis.checkGovernanceParameters(params, genesis.problemsOf("governance parameters", "governance.params"));
  genesis.checkProposals(exported, epoch, governanceDeposits(state));
  genesis.checkPendingUpgrades(pendingUpgrades(state), epoch, params);
}
