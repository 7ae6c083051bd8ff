// What bodies must meet. Reference: go/vault/api/methods.go, action.go (Validate).
import { isReservedAddress, type Address } from "@wadi/crypto";
import { vault } from "@wadi/types";

import { refuse } from "../framework/errors.ts";
import { authorityProblem } from "./authority.ts";

/** Refuses with (`vault`, 1). */
export function requireValid(problem: string | undefined): void {
  if (problem !== undefined) refuse(vault.ErrInvalidArgument, problem);
}

export function vaultAddressProblem(address: Address): string | undefined {
  return isReservedAddress(address) ? "invalid vault address: it is reserved" : undefined;
}

/** Why a body of Create is not valid, or undefined. */
export function createProblem(body: vault.Create, parameters: vault.ConsensusParameters): string | undefined {
  return authorityProblem(body.adminAuthority, parameters) ?? authorityProblem(body.suspendAuthority, parameters);
}

/** Why an action is not valid, or undefined. */
export function actionProblem(action: vault.Action, parameters: vault.ConsensusParameters): string | undefined {
  const { executeMsg, updateWithdrawPolicy, updateAuthority } = action;
  const count = Object.values(action).filter((kind) => kind !== null).length;
  if (count !== 1) return `invalid action: exactly one action must be set, not ${count}`;
  if (executeMsg?.method === "") return "invalid action: malformed execute message method";
  if (updateWithdrawPolicy !== null && isReservedAddress(updateWithdrawPolicy.address)) {
    return "invalid action: malformed address in update withdraw policy";
  }
  return updateAuthority === null ? undefined : updateAuthorityProblem(updateAuthority, parameters);
}

/** Why a change of authorities is not valid, or undefined. */
export function updateAuthorityProblem(
  { adminAuthority, suspendAuthority }: vault.ActionUpdateAuthority,
  parameters: vault.ConsensusParameters,
): string | undefined {
  if (adminAuthority === null && suspendAuthority === null) return "at least one authority must be updated";
  for (const [which, authority] of Object.entries({ admin: adminAuthority, suspend: suspendAuthority })) {
    const problem = authority === null ? undefined : authorityProblem(authority, parameters);
    if (problem !== undefined) return `malformed updated ${which} authority: ${problem}`;
  }
  return undefined;
}
