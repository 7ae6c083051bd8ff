// Doing what a vault's authority has decided. Reference: go/consensus/cometbft/apps/vault/action.go.
import { events, vault } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { executeSubcall } from "../framework/system-messages.ts";
import { addressOf, addressState, parameters, setAddressState } from "./state.ts";
import { updateAuthorityProblem } from "./validate.ts";
import { withPolicy } from "./withdraw-policy.ts";

const { eventKinds } = events;
const { active, suspended } = vault.vaultStates;

/** The vault as it is afterwards; storing it is left to the caller. Refuses as what it executes refuses. */
export function executeAction(ctx: Context, owner: vault.Vault, action: vault.Action): vault.Vault {
  if (action.suspend !== null) return changeState(ctx, owner, suspended);
  if (action.resume !== null) return changeState(ctx, owner, active);
  if (action.updateWithdrawPolicy !== null) {
    updateWithdrawPolicy(ctx, owner, action.updateWithdrawPolicy);
    return owner;
  }
  if (action.updateAuthority !== null) return updateAuthority(ctx, owner, action.updateAuthority);
  if (action.executeMsg !== null) {
    const { method, body } = action.executeMsg;
    ctx.publish(executeSubcall, { caller: addressOf(owner), method, body });
    return owner;
  }
  return refuse(vault.ErrUnsupportedAction, "the action is empty");
}

function changeState(ctx: Context, owner: vault.Vault, newState: vault.State): vault.Vault {
  const { state: oldState } = owner;
  if (oldState === newState) return owner;
  ctx.emit(eventKinds.vaultStateChanged, { vault: addressOf(owner), oldState, newState });
  return { ...owner, state: newState };
}

function updateWithdrawPolicy(
  ctx: Context,
  owner: vault.Vault,
  { address, policy }: vault.ActionUpdateWithdrawPolicy,
): void {
  const of = addressOf(owner);
  const before = addressState(ctx.state, of, address) ?? vault.AddressState.zero();
  setAddressState(ctx.state, of, address, withPolicy(before, policy));
  ctx.emit(eventKinds.vaultPolicyUpdated, { vault: of, address });
}

/** Parameters may have changed since the action was submitted. */
function updateAuthority(ctx: Context, owner: vault.Vault, changes: vault.ActionUpdateAuthority): vault.Vault {
  const problem = updateAuthorityProblem(changes, parameters(ctx.state));
  if (problem !== undefined) refusePlain(problem);
  ctx.emit(eventKinds.vaultAuthorityUpdated, { vault: addressOf(owner) });
  return {
    ...owner,
    adminAuthority: changes.adminAuthority ?? owner.adminAuthority,
    suspendAuthority: changes.suspendAuthority ?? owner.suspendAuthority,
  };
}
