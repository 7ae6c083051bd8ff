// The election of a runtime's committee. Nothing here refuses: an election that breaks a rule
// simply yields no committee, and says why.
// Reference: go/consensus/cometbft/apps/scheduler/shuffle.go (electCommitteeMembers).
import { scheduler, type Address, type PublicKey, type registry } from "@wadi/types";
import { fromHex } from "@wadi/util";

import type { Facts } from "../framework/errors.ts";
import { candidateId, isStaked, type Candidate, type Election } from "./election.ts";
import { forcedSeats, isForced, placeForced } from "./forced-seats.ts";
import { drawing, lotDomains, type Seats } from "./sortition.ts";

const { worker, backupWorker } = scheduler.committeeRoles;

export interface CommitteeElection {
  readonly runtime: registry.Runtime;
  readonly kind: scheduler.CommitteeKind;
  /** In order of node IDs. */
  readonly candidates: readonly Candidate[];
  readonly validatorEntities: ReadonlySet<Address>;
  isSuitable(candidate: Candidate): boolean;
}

/** Why there is no committee. */
export interface NoCommittee {
  readonly reason: string;
  readonly facts: Facts;
}

export interface ElectedCommittee {
  /** Workers, then backup workers; empty where there is no committee. */
  readonly members: readonly scheduler.CommitteeNode[];
  /** Entities with an eligible node, whether or not there is a committee. */
  readonly rewardable: ReadonlySet<Address>;
  readonly failure?: NoCommittee;
}

/** The seats of one role and who may have one. */
interface RoleElection {
  readonly seats: Seats;
  readonly size: number;
  readonly constraints: registry.SchedulingConstraints | undefined;
  readonly pool: Candidate[];
}

const NOBODY: ReadonlySet<Address> = new Set();

export function electCommittee(election: Election, committee: CommitteeElection): ElectedCommittee {
  const { groupSize } = committee.runtime.executor;
  if (election.lots?.canElectCommittees === false && !election.parameters.debugAllowWeakAlpha) {
    return { members: [], rewardable: NOBODY, failure: noCommittee("too few VRF proofs in the epoch before the last") };
  }
  if (groupSize === 0) return { members: [], rewardable: NOBODY, failure: noCommittee("the group has no workers") };

  const roles = roleElections(committee);
  const rewardable = fillPools(election, committee, roles);
  const members: scheduler.CommitteeNode[] = [];
  for (const role of roles) {
    const elected = electRole(election, role);
    if ("reason" in elected) return { members: [], rewardable, failure: elected };
    for (const publicKey of elected) members.push({ role: role.seats.role, publicKey });
  }
  return { members, rewardable };
}

function noCommittee(reason: string, facts: Facts = {}): NoCommittee {
  return { reason, facts };
}

/** Roles with seats, workers first. */
function roleElections({ runtime, kind }: CommitteeElection): RoleElection[] {
  const { groupSize, groupBackupSize } = runtime.executor;
  const constraints = runtime.constraints.get(kind);
  return [
    { role: worker, size: groupSize },
    { role: backupWorker, size: groupBackupSize },
  ]
    .filter(({ size }) => size > 0)
    .map(({ role, size }) => ({
      seats: { runtime: runtime.id, kind, role },
      size,
      constraints: constraints?.get(role),
      pool: [],
    }));
}

/** Puts each candidate into the pools of the roles it may have; returns the entities of these. */
function fillPools(
  election: Election,
  { candidates, isSuitable, kind, runtime, validatorEntities }: CommitteeElection,
  roles: readonly RoleElection[],
): Set<Address> {
  const rewardable = new Set<Address>();
  const { lots } = election;
  for (const candidate of candidates) {
    const { node, owner } = candidate;
    const isProven =
      lots === undefined || lots.hasProof(node.id) || isForced(election, { runtime: runtime.id, kind }, node.id);
    if (!isProven || !isStaked(election, candidate) || !isSuitable(candidate)) continue;
    for (const { constraints, pool } of roles) {
      const mustValidate = (constraints?.validatorSet ?? null) !== null;
      if (mustValidate && !validatorEntities.has(owner)) continue;
      pool.push(candidate);
      rewardable.add(owner);
    }
  }
  return rewardable;
}

function electRole(election: Election, role: RoleElection): PublicKey[] | NoCommittee {
  const { constraints, seats, size } = role;
  const limit = constraints?.maxNodes?.limit;
  if (election.forced !== null && limit !== undefined && limit > 0) {
    return noCommittee("forced seats cannot be combined with a limit of nodes per entity", { ...seats, limit });
  }
  const pool = limit === undefined || limit === 0 ? role.pool : limitedPool(election, role, limit);
  const needed = Math.max(size, constraints?.minPoolSize?.limit ?? 0);
  if (pool.length < needed) {
    return noCommittee("not enough eligible nodes", { ...seats, eligible: pool.length, needed });
  }

  const forced = forcedSeats(election, seats, pool.map(candidateId), size);
  if (forced === undefined) return noCommittee("the forced members are not all eligible", { ...seats });
  const elected = takeSeats(inRandomOrder(election, seats, pool), forced.nodes, size, limit);
  if (elected === undefined) return noCommittee("too many nodes of one entity", { ...seats, limit });
  if (elected.length !== size) {
    return noCommittee("not enough nodes with a proof", { ...seats, elected: elected.length, size });
  }
  if (seats.role !== worker || forced.nodes.length === 0) return elected;
  return placeForced(forced, elected) ?? noCommittee("forced workers have no or the same index", { ...seats });
}

/** At most `limit` nodes of each entity: by lots, or without them the first ones. */
function limitedPool({ lots }: Election, { pool, seats }: RoleElection, limit: number): Candidate[] {
  const ordered = lots === undefined ? pool : lots.ordered(pool, candidateId, lotDomains.entityNodes, seats);
  const taken = new Map<PublicKey, number>();
  return ordered.filter(({ node }) => {
    const count = taken.get(node.entityId) ?? 0;
    if (count >= limit) return false;
    taken.set(node.entityId, count + 1);
    return true;
  });
}

function inRandomOrder({ beacon, lots }: Election, seats: Seats, pool: readonly Candidate[]): Candidate[] {
  if (lots !== undefined) return lots.ordered(pool, candidateId, lotDomains.committee, seats);
  const role = seats.role === worker ? "Worker" : "Backup-Worker";
  const order = drawing(beacon, `EkS-ABCI-Compute${role}`, fromHex(seats.runtime)).perm(pool.length);
  return order.map((index) => pool[index] as Candidate);
}

/**
 * The forced nodes and then others in order, up to `size`; undefined where one more would exceed
 * the limit of nodes per entity. Forced ones do not count, and a limit of 0 allows nobody.
 */
function takeSeats(
  ordered: readonly Candidate[],
  forced: readonly PublicKey[],
  size: number,
  limit: number | undefined,
): PublicKey[] | undefined {
  const elected = [...forced];
  const seated = new Set(forced);
  const taken = new Map<PublicKey, number>();
  for (const { node } of ordered) {
    if (elected.length >= size) break;
    if (seated.has(node.id)) continue;
    if (limit !== undefined) {
      const count = taken.get(node.entityId) ?? 0;
      if (count >= limit) return undefined;
      taken.set(node.entityId, count + 1);
    }
    elected.push(node.id);
  }
  return elected;
}
