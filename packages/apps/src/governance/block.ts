// What governance does at the beginning and end of every block.
// Reference: go/consensus/cometbft/apps/governance/governance.go (BeginBlock, EndBlock).
import { upgrade } from "@wadi/types";
import { isError } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import type { Upgrader } from "../framework/ports.ts";
import { closeProposals } from "./close-proposals.ts";
import { pendingUpgrades, removePendingUpgradesOf } from "./state.ts";

/** Upgrades of the epoch that begins are being applied now; throws (`upgrade`, 1) where this node is not. */
export function beginBlock(ctx: Context): void {
  const epoch = ctx.epochChange();
  if (epoch === undefined) return;
  const due = pendingUpgrades(ctx.state).find((descriptor) => descriptor.epoch === epoch);
  if (due === undefined) return;
  if (ctx.upgrader !== undefined) requireApplied(ctx.upgrader, due);
  removePendingUpgradesOf(ctx.state, epoch);
}

/** The upgrade manager has begun with it: either at startup, or just before in this block. */
function requireApplied(upgrader: Upgrader, descriptor: upgrade.Descriptor): void {
  const pending = findUpgrade(upgrader, descriptor);
  if (pending === undefined) {
    refuse(upgrade.ErrStopForUpgrade, `this node does not know of the upgrade ${descriptor.handler}`);
  }
  if (pending.lastCompletedStage < upgrade.upgradeStages.startup) {
    refuse(upgrade.ErrStopForUpgrade, `the upgrade ${descriptor.handler} is pending but not being applied`);
  }
}

function findUpgrade(upgrader: Upgrader, descriptor: upgrade.Descriptor): upgrade.PendingUpgrade | undefined {
  try {
    return upgrader.getUpgrade(descriptor);
  } catch (e) {
    if (isError(e, upgrade.ErrUpgradeNotFound)) return undefined;
    throw e;
  }
}

export function endBlock(ctx: Context): void {
  const epoch = ctx.epochChange();
  if (epoch !== undefined) closeProposals(ctx, epoch);
}
