// vault.Create, vault.AuthorizeAction and vault.CancelAction.
// Reference: go/consensus/cometbft/apps/vault/transactions.go.
//
// The reference opens a nested context in each, but reads and writes vaults and pending actions in
// the state around it: those writes are there at once and stay whatever happens. Only what an
// executed action writes is in the nested state, and so written after them, over them, when it is
// kept. A vault whose action calls the vault application for that very vault makes it visible.
import { encodeCbor } from "@wadi/codec";
import type { Address } from "@wadi/crypto";
import { events, staking, transaction, vault } from "@wadi/types";
import { bytesEqual, errorToWire, must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { isRefusal, refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { account, setAccountHook } from "../staking/state.ts";
import { authoritiesOf, belongsTo, hasAuthorized, mayAuthorize } from "./authority.ts";
import { executeAction } from "./execute-action.ts";
import {
  addressOf,
  hasVault,
  parameters,
  pendingAction,
  removePendingAction,
  setPendingAction,
  setVault,
  vaultAt,
} from "./state.ts";
import { actionProblem, createProblem, requireValid, vaultAddressProblem } from "./validate.ts";

const { methods } = transaction;
const { eventKinds } = events;
const SUCCESS: vault.ActionExecutionResult = { module: "", code: 0 };

/** The vault is named by its creator and the creator's nonce, which already counts this transaction. */
export function create(ctx: Context, body: vault.Create): void {
  const { state } = ctx;
  const params = parameters(state);
  requireValid(createProblem(body, params));
  if (ctx.isCheck) return;
  ctx.useGas(1, must(methods.vaultCreate.gasOp), params.gasCosts);
  if (ctx.isSimulation) return;

  const creator = ctx.caller;
  const { nonce: id } = account(state, creator).general;
  const created: vault.Vault = { ...body, creator, id, state: vault.vaultStates.active, nonce: 0n };
  const address = addressOf(created);
  if (hasVault(state, address)) refuse(vault.ErrInvalidArgument, "the vault exists already", { vault: address });
  setVault(state, created);
  setAccountHook(state, address, staking.hookKinds.withdraw, { module: "vault" });
}

/** Submits or authorizes the vault's next action, and executes it once enough have authorized it. */
export function authorizeAction(ctx: Context, body: vault.AuthorizeAction): void {
  const { state, caller } = ctx;
  const params = parameters(state);
  requireValid(vaultAddressProblem(body.vault) ?? actionProblem(body.action, params));
  const owner = vaultOf(state, body);
  if (!mayAuthorize(body.action, owner, caller)) {
    refuse(vault.ErrForbidden, "the caller is in no authority for this action", { caller });
  }
  if (ctx.isCheck) return;
  ctx.useGas(1, must(methods.vaultAuthorizeAction.gasOp), params.gasCosts);

  // No end for simulation here: the gas of an executed message is to be counted.
  ctx.atomically((inner) => {
    const pending = authorize(inner, state, body);
    const authorizedBy = pending.authorizedBy ?? [];
    const isDecided = authoritiesOf(pending.action, owner).some((one) => hasAuthorized(one, authorizedBy));
    if (isDecided) execute(inner, state, owner, body, pending.action);
  });
}

/** The vault, refused with (`vault`, 2) or, if this is not its next action, (`vault`, 4). */
function vaultOf(state: State, { vault: of, nonce }: vault.CancelAction): vault.Vault {
  const owner = vaultAt(state, of);
  if (nonce !== owner.nonce) {
    refuse(vault.ErrInvalidNonce, "not the next nonce of the vault", { expected: owner.nonce, nonce });
  }
  return owner;
}

/** Adds the caller's authorization; `outer` is the state around the context. */
function authorize(ctx: Context, outer: State, body: vault.AuthorizeAction): vault.PendingAction {
  const { vault: of, nonce, action } = body;
  const { caller: submitter } = ctx;
  const found = pendingAction(outer, of, nonce);
  if (found !== undefined && !actionsEqual(found.action, action)) {
    refuse(vault.ErrInvalidArgument, "another action is pending with this nonce", { nonce });
  }
  ctx.emit(eventKinds.vaultActionSubmitted, { submitter, vault: of, nonce });
  const authorizedBy: readonly Address[] = found?.authorizedBy ?? [];
  if (found !== undefined && authorizedBy.includes(submitter)) return found;
  const pending = { nonce, action: found?.action ?? action, authorizedBy: [...authorizedBy, submitter] };
  setPendingAction(outer, of, pending);
  return pending;
}

/** By their encodings, so that message bodies must be the same byte for byte. */
function actionsEqual(a: vault.Action, b: vault.Action): boolean {
  return bytesEqual(encodeCbor(vault.Action, a), encodeCbor(vault.Action, b));
}

/** The vault goes on to the next nonce, also if the action fails. */
function execute(
  ctx: Context,
  outer: State,
  owner: vault.Vault,
  { vault: of, nonce }: vault.AuthorizeAction,
  action: vault.Action,
): void {
  let changed = owner;
  let result = SUCCESS;
  try {
    changed = executeAction(ctx, owner, action);
  } catch (e) {
    if (!isRefusal(e)) throw e;
    const { module, code } = errorToWire(e);
    result = { module, code };
  }
  ctx.emit(eventKinds.vaultActionExecuted, { vault: of, nonce, result });
  removePendingAction(outer, of, nonce);
  setVault(outer, withNextNonce(changed));
}

function withNextNonce(owner: vault.Vault): vault.Vault {
  return { ...owner, nonce: BigInt.asUintN(64, owner.nonce + 1n) };
}

/** Drops the vault's next action. */
export function cancelAction(ctx: Context, body: vault.CancelAction): void {
  const { state, caller } = ctx;
  const { vault: of, nonce } = body;
  requireValid(vaultAddressProblem(of));
  const owner = vaultOf(state, body);
  if (!belongsTo(owner.adminAuthority, caller) && !belongsTo(owner.suspendAuthority, caller)) {
    refuse(vault.ErrForbidden, "the caller is in no authority of the vault", { caller });
  }
  if (ctx.isCheck) return;
  ctx.useGas(1, must(methods.vaultCancelAction.gasOp), parameters(state).gasCosts);
  if (ctx.isSimulation) return;

  const pending = pendingAction(state, of, nonce);
  if (pending === undefined) refuse(vault.ErrNoSuchAction, "no action is pending with this nonce", { nonce });
  if (!mayAuthorize(pending.action, owner, caller)) {
    refuse(vault.ErrForbidden, "the caller is in no authority for the pending action", { caller });
  }
  ctx.emit(eventKinds.vaultActionCanceled, { vault: of, nonce });
  removePendingAction(state, of, nonce);
  setVault(state, withNextNonce(owner));
}
