// What other applications ask of vaults. Reference: go/consensus/cometbft/apps/vault/messages.go.
import { genesis, governance, vault } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages, taken, type Taken, type WithdrawHook } from "../message-kinds.ts";
import { parameterChanges, type ParameterRules } from "../parameter-changes.ts";
import { addressState, parameters, setAddressState, setParameters, vaultAt } from "./state.ts";
import { authorizeWithdrawal } from "./withdraw-policy.ts";

const MODULE = "vault";

const parameterRules: ParameterRules<vault.ConsensusParameters, vault.ConsensusParameterChanges> = {
  module: MODULE,
  changes: vault.ConsensusParameterChanges,
  current: parameters,
  apply: governance.applyParameterChanges,
  check(_ctx, changed) {
    genesis.checkVaultParameters(changed, (member, what) => refusePlain(`${member}: ${what}`));
  },
  set: setParameters,
};

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.accountHook, authorizeHook),
  ...parameterChanges(parameterRules),
];

/** A withdrawal from a vault: counts it, or refuses with (`vault`, 2, 3 or 5). */
function authorizeHook(ctx: Context, { destination, from, to, amount }: WithdrawHook): Taken | undefined {
  if (destination.module !== MODULE) return undefined;
  const { state } = vaultAt(ctx.state, from);
  if (state !== vault.vaultStates.active) refuse(vault.ErrForbidden, "the vault is suspended", { vault: from });
  const before = addressState(ctx.state, from, to);
  if (before === undefined) refuse(vault.ErrNoSuchState, "no withdraw policy for the address", { address: to });
  const after = authorizeWithdrawal(before, ctx.currentHeight, amount);
  if (after === undefined) {
    const { withdrawPolicy, bucket, amount: withdrawn } = before;
    refuse(vault.ErrForbidden, "above what the withdraw policy allows", {
      ...withdrawPolicy,
      bucket,
      withdrawn,
      amount,
    });
  }
  setAddressState(ctx.state, from, to, after);
  return taken;
}
