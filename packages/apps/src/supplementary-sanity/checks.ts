// All checks, in the order of the reference.
// Reference: go/consensus/cometbft/apps/supplementarysanity/checks.go.
import { EPOCH_INVALID, genesis } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { isRefusal, refusePlain } from "../framework/errors.ts";
import { statuses } from "../keymanager/secrets/state.ts";
import { checkGovernance } from "./checks/check-governance.ts";
import { checkRegistry } from "./checks/check-registry.ts";
import { checkRoothash } from "./checks/check-roothash.ts";
import { checkStakeClaims } from "./checks/check-stake-claims.ts";
import { checkStaking } from "./checks/check-staking.ts";

type Check = (ctx: Context, epoch: bigint) => void;

const checks: readonly (readonly [name: string, check: Check])[] = [
  ["checkEpochTime", checkEpochTime],
  ["checkRegistry", checkRegistry],
  ["checkRootHash", checkRoothash],
  ["checkStaking", checkStaking],
  ["checkKeyManager", checkKeyManager],
  ["checkGovernance", checkGovernance],
  ["checkStakeClaims", checkStakeClaims],
];

/** Refuses with the first invariant that the state breaks; only reads. */
export function checkState(ctx: Context): void {
  const epoch = ctx.blockEpoch();
  for (const [name, check] of checks) {
    try {
      check(ctx, epoch);
    } catch (e) {
      if (!isRefusal(e) || !(e instanceof Error)) throw e;
      refusePlain(`supplementarysanity: check failed ${name}: ${e.message}`);
    }
  }
}

function checkEpochTime(_ctx: Context, epoch: bigint): void {
  if (epoch === EPOCH_INVALID) refusePlain("current epoch is invalid");
}

function checkKeyManager({ state, verifier }: Context): void {
  genesis.checkKeyManager({ statuses: statuses(state) }, { verifier });
}
