// The supply is what accounts and pools hold, and shares are what delegations hold.
// Reference: go/consensus/cometbft/apps/supplementarysanity/checks.go (checkStaking).
import { addressToText } from "@wadi/crypto";
import { genesis, staking } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import { exportGenesis } from "../../staking/genesis.ts";
import { commissionScheduleAddresses } from "../../staking/state.ts";

export function checkStaking({ state }: Context, epoch: bigint): void {
  const exported = exportGenesis(state, staking.Genesis.zero());
  genesis.checkLedger(exported, epoch);

  const indexed = new Set(commissionScheduleAddresses(state));
  for (const [address, { escrow }] of exported.ledger) {
    const { rates, bounds } = escrow.commissionSchedule;
    const hasSchedule = rates.length > 0 || bounds.length > 0;
    if (indexed.delete(address) !== hasSchedule) {
      refusePlain(`index of commission schedules is wrong about ${addressToText(address)}`, { hasSchedule });
    }
  }
  for (const address of indexed) {
    refusePlain(`index of commission schedules names the unknown account ${addressToText(address)}`);
  }
}
