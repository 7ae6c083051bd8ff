// Reference: oasis-core go/vault/api/sanity_check.go. Only the parameters have rules.
import type { ConsensusParameters, Genesis } from "../../vault/parameters.ts";
import { type ProblemFactory, problemsOf } from "./problem.ts";

export function checkVault(genesis: Genesis | null): void {
  if (genesis !== null) checkVaultParameters(genesis.params, problemsOf("vault: sanity check failed", "vault.params"));
}

/** The rules of the parameters alone. */
export function checkVaultParameters(params: ConsensusParameters, fail: ProblemFactory): void {
  if (params.enabled && params.maxAuthorityAddresses === 0) {
    throw fail("max_authority_addresses", "max_authority_addresses must be > 0, is 0");
  }
}
