// Stake behind everything that the registry's genesis state registers.
// Reference: oasis-core go/staking/api/sanity_check.go `SanityCheckStake`,
// go/registry/api/sanity_check.go `AddStakeClaims`.
import { addressToText, stakingAddress } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

import {
  runtimeStakingAddress,
  STAKE_CLAIM_REGISTER_ENTITY,
  stakeClaimForNode,
  stakeClaimForRuntime,
  stakeThresholdsForEntity,
  stakeThresholdsForNode,
  stakeThresholdsForRuntime,
} from "../../registry/verify/stake-claims.ts";
import type { Address } from "../../scalars/address.ts";
import type { StakeThreshold } from "../../staking/account.ts";
import { ErrInsufficientStake } from "../../staking/errors.ts";
import type { Genesis } from "../../staking/genesis.ts";
import { SanityError } from "./problem.ts";
import type { RegistryContent } from "./registry.ts";

/** Claims by account, then by name: registering the same thing twice claims once. */
type ClaimsByAccount = Map<Address, Map<string, readonly StakeThreshold[]>>;

export function checkStake({ ledger, params }: Genesis, registry: RegistryContent): void {
  for (const [address, claims] of claimsOf(registry)) {
    let needed = 0n;
    for (const thresholds of claims.values()) {
      for (const threshold of thresholds) needed += thresholdValue(threshold, params.thresholds);
    }
    const balance = ledger.get(address)?.escrow.active.balance ?? 0n;
    if (balance >= needed) continue;
    const text = addressToText(address);
    throw new SanityError(
      `insufficient stake for account ${text} (expected: ${needed} got: ${balance}): ${ErrInsufficientStake.text}`,
      `staking.ledger.${text}.escrow.active.balance`,
      new WadiError(ErrInsufficientStake),
    );
  }
}

function thresholdValue({ global, const: constant }: StakeThreshold, thresholds: ReadonlyMap<number, bigint>): bigint {
  return global === null ? (constant ?? 0n) : (thresholds.get(global) ?? 0n);
}

function claimsOf({ entities, nodes, runtimes, activeRuntimes }: RegistryContent): ClaimsByAccount {
  const accounts: ClaimsByAccount = new Map();
  const add = (address: Address, claim: string, thresholds: readonly StakeThreshold[]): void => {
    const claims = accounts.get(address) ?? new Map<string, readonly StakeThreshold[]>();
    accounts.set(address, claims.set(claim, thresholds));
  };
  for (const id of entities.keys()) add(stakingAddress(id), STAKE_CLAIM_REGISTER_ENTITY, stakeThresholdsForEntity());
  for (const node of nodes) {
    const thresholds = stakeThresholdsForNode(node, (id) => runtimes.get(id));
    add(stakingAddress(node.entityId), stakeClaimForNode(node.id), thresholds);
  }
  // A suspended runtime has no claim until it is resumed.
  for (const runtime of activeRuntimes) {
    const address = runtimeStakingAddress(runtime);
    if (address !== undefined) add(address, stakeClaimForRuntime(runtime.id), stakeThresholdsForRuntime(runtime));
  }
  return accounts;
}
