// The validators that a chain starts with; the engine learns them from its own genesis document.
// Reference: go/consensus/cometbft/api/genesis.go (convertValidators).
import { stakingAddress } from "@wadi/crypto";
import { node as nodeTypes, scheduler, signature, type PublicKey, type genesis } from "@wadi/types";

import { goSort } from "./go-sort.ts";

export interface GenesisValidator {
  /** The node. */
  readonly id: PublicKey;
  /** Its consensus key. */
  readonly publicKey: PublicKey;
  readonly power: bigint;
}

/**
 * Highest power first, equal ones in the order of Go's unstable sort, which decides who is left out
 * where there are more than the maximum. Descriptors are taken as they are: that they verify is for
 * the sanity check of the document and for InitChain.
 */
export function genesisValidators({
  beacon,
  registry,
  scheduler: section,
  staking,
}: genesis.Document): GenesisValidator[] {
  const { debugBypassStake, maxValidators, maxValidatorsPerEntity, votingPowerDistribution } = section.params;
  const taken = new Map<PublicKey, bigint>();
  const validators: GenesisValidator[] = [];
  for (const signed of registry.nodes ?? []) {
    const { consensus, entityId, expiration, id, roles } = signature.decodeBlob(nodeTypes.Node, signed);
    if (!nodeTypes.hasAnyRole(roles, nodeTypes.roles.validator) || expiration < beacon.base) continue;
    const stake = staking.ledger.get(stakingAddress(entityId))?.escrow.active.balance ?? 0n;
    const power = debugBypassStake ? 1n : scheduler.votingPowerFromStake(stake, votingPowerDistribution);
    // The first node of an entity counts whatever the limit.
    const count = taken.get(entityId) ?? 0n;
    if (count > 0n && count >= maxValidatorsPerEntity) continue;
    taken.set(entityId, count + 1n);
    validators.push({ id, publicKey: consensus.id, power });
  }
  goSort(validators, (a, b) => a.power > b.power);
  return validators.slice(0, Math.max(Number(maxValidators), 0));
}
