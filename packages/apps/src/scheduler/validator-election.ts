// The election of validators: entities by stake, nodes of an entity by lot.
// Reference: go/consensus/cometbft/apps/scheduler/scheduler.go (electValidators), shuffle.go (shuffleValidators).
import { node as nodeTypes, scheduler, type Address, type PublicKey } from "@wadi/types";

import { refusePlain } from "../framework/errors.ts";
import { candidateId, isStaked, type Candidate, type Election } from "./election.ts";
import { drawing, lotDomains } from "./sortition.ts";

export interface ElectedValidators {
  /** By consensus key. */
  readonly validators: ReadonlyMap<PublicKey, scheduler.Validator>;
  /** Whose nodes these are; they are rewarded. */
  readonly entities: ReadonlySet<Address>;
}

/**
 * `candidates` are in order of node IDs. Refuses with (`unknown`, 1), which fails the block, if
 * there are too few.
 */
export function electValidators(election: Election, candidates: readonly Candidate[]): ElectedValidators {
  const { parameters } = election;
  const eligible = candidates.filter(
    (candidate) =>
      nodeTypes.hasAnyRole(candidate.node.roles, nodeTypes.roles.validator) && isStaked(election, candidate),
  );
  const nodesOf = Map.groupBy(inRandomOrder(election, eligible), ({ owner }) => owner);

  const validators = new Map<PublicKey, scheduler.Validator>();
  const entities = new Set<Address>();
  // An entity all of whose nodes lack proofs keeps its place in the order and takes no seat.
  const seats = entitiesByStake(election, eligible).flatMap((owner) =>
    (nodesOf.get(owner) ?? []).slice(0, Math.max(Number(parameters.maxValidatorsPerEntity), 0)),
  );
  for (const { node, owner } of seats) {
    entities.add(owner);
    const { id, entityId } = node;
    validators.set(node.consensus.id, { id, entityId, votingPower: votingPower(election, owner) });
    if (BigInt(validators.size) >= parameters.maxValidators) break;
  }

  const facts = { elected: validators.size, eligible: eligible.length, minimum: parameters.minValidators };
  if (validators.size === 0) refusePlain("failed to elect any validators", facts);
  if (BigInt(validators.size) < parameters.minValidators) refusePlain("insufficient validators", facts);
  return { validators, entities };
}

/** Each node of an entity has the power of the entity's whole stake. */
function votingPower({ parameters, stake }: Election, owner: Address): bigint {
  if (parameters.debugBypassStake) return 1n;
  return scheduler.votingPowerFromStake(stake.balance(owner), parameters.votingPowerDistribution);
}

/** Highest stake first, equal ones in random order; all in random order where stake does not count. */
function entitiesByStake({ beacon, parameters, stake }: Election, eligible: readonly Candidate[]): Address[] {
  const owners = [...new Set(eligible.map(({ owner }) => owner))].toSorted((a, b) => (a < b ? -1 : 1));
  drawing(beacon, "EkS-ABCI-Entities").shuffleArray(owners);
  if (parameters.debugBypassStake) return owners;
  const staked = owners.map((owner) => ({ owner, balance: stake.balance(owner) }));
  staked.sort((a, b) => (a.balance === b.balance ? 0 : a.balance > b.balance ? -1 : 1));
  return staked.map(({ owner }) => owner);
}

/**
 * By lots that nodes proved, if enough of them did: then who has no proof is left out. Otherwise
 * from the beacon.
 */
function inRandomOrder({ beacon, lots, parameters }: Election, eligible: readonly Candidate[]): Candidate[] {
  if (lots !== undefined) {
    const proven = eligible.filter(({ node }) => lots.hasProof(node.id)).length;
    if (BigInt(proven) >= parameters.minValidators) return lots.ordered(eligible, candidateId, lotDomains.validators);
  }
  const order = drawing(beacon, "EkS-ABCI-Validators").perm(eligible.length);
  return order.map((index) => eligible[index] as Candidate);
}
