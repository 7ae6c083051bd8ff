// Who may do what with a vault. Reference: go/vault/api/vault.go (Authority), action.go (Authorities).
import type { Address } from "@wadi/crypto";
import type { vault } from "@wadi/types";

type Authority = vault.Authority;

/** Why an authority is not valid under these parameters, or undefined. */
export function authorityProblem(
  { addresses, threshold }: Authority,
  { maxAuthorityAddresses }: vault.ConsensusParameters,
): string | undefined {
  const count = addresses?.length ?? 0;
  if (count === 0) return "no addresses";
  if (threshold === 0) return "threshold cannot be zero";
  if (threshold > count) return "threshold is larger than the number of addresses";
  if (count > maxAuthorityAddresses) {
    return `too many addresses in authority (max: ${maxAuthorityAddresses} got: ${count})`;
  }
  return new Set(addresses).size < count ? "duplicate address in authority" : undefined;
}

export function belongsTo({ addresses }: Authority, address: Address): boolean {
  return addresses?.includes(address) ?? false;
}

/** Enough members are among those who authorized; nobody counts twice. */
export function hasAuthorized({ addresses, threshold }: Authority, authorizedBy: readonly Address[]): boolean {
  const members = new Set(addresses);
  const count = authorizedBy.filter((address) => members.delete(address)).length;
  return count > 0 && count >= threshold;
}

/** The authorities each of which may decide on the action. */
export function authoritiesOf(action: vault.Action, vault: vault.Vault): readonly Authority[] {
  if (action.suspend !== null || action.resume !== null) return [vault.adminAuthority, vault.suspendAuthority];
  return [vault.adminAuthority];
}

export function mayAuthorize(action: vault.Action, vault: vault.Vault, address: Address): boolean {
  return authoritiesOf(action, vault).some((authority) => belongsTo(authority, address));
}
