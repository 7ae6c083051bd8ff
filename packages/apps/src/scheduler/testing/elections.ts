// Elections among nodes that are made of small numbers.
import { Ed25519PrivateKey, prove, publicKeyFromHex, stakingAddress, testNamespace, type Address } from "@wadi/crypto";
import { node as nodeTypes, registry, scheduler, type Namespace, type PublicKey, type signature } from "@wadi/types";

import type { CommitteeElection } from "../committee-election.ts";
import type { Candidate, Election } from "../election.ts";
import { ProvenLots } from "../sortition.ts";

export const EPOCH = 20n;
export const runtimeId: Namespace = testNamespace("elections");

export function keyOf(n: number): PublicKey {
  return publicKeyFromHex(n.toString(16).padStart(64, "0"));
}

/** A node of an entity, with both roles that elections know. */
export function candidate(n: number, entity = n, changes: Partial<nodeTypes.Node> = {}): Candidate {
  const entityId = keyOf(0x1000 + entity);
  const node: nodeTypes.Node = {
    ...nodeTypes.NodeV3.zero(),
    id: keyOf(n),
    entityId,
    roles: nodeTypes.roles.validator | nodeTypes.roles.compute,
    consensus: { id: keyOf(0x2000 + n), addresses: null },
    runtimes: [
      { id: runtimeId, version: { major: 1, minor: 0, patch: 0 }, capabilities: { tee: null }, extraInfo: null },
    ],
    ...changes,
  };
  return { node, status: registry.NodeStatus.zero(), owner: stakingAddress(entityId) };
}

export function candidates(count: number, entityOf: (n: number) => number = (n) => n): Candidate[] {
  return Array.from({ length: count }, (_, i) => candidate(i + 1, entityOf(i + 1)));
}

const known = new Map<number, signature.Proof>();

/** Proving takes milliseconds, and tests ask for the same proofs again and again. */
function proofBy(byte: number): signature.Proof {
  const key = new Ed25519PrivateKey(new Uint8Array(32).fill(byte));
  const proof = known.get(byte) ?? { publicKey: key.publicKey, proof: prove(key, Uint8Array.of(1)) };
  known.set(byte, proof);
  return proof;
}

/** Proofs of all candidates except those without. */
export function lotsFor(all: readonly Candidate[], without: readonly number[] = [], canElect = true): ProvenLots {
  const missing = new Set(without.map(keyOf));
  const proofs = new Map<PublicKey, signature.Proof>();
  all.forEach(({ node }, i) => {
    if (missing.has(node.id)) return;
    proofs.set(node.id, proofBy(i + 1));
  });
  return new ProvenLots("context", EPOCH, proofs, canElect);
}

export function electionWith(
  parameters: Partial<scheduler.ConsensusParameters> = {},
  changes: Partial<Election> = {},
): Election {
  return {
    epoch: EPOCH,
    parameters: {
      ...scheduler.ConsensusParameters.zero(),
      minValidators: 1n,
      maxValidators: 100n,
      maxValidatorsPerEntity: 1n,
      ...parameters,
    },
    beacon: new Uint8Array(32).fill(7),
    lots: undefined,
    stake: { balance: () => 1600n, coversClaims: () => true },
    forced: null,
    ...changes,
  };
}

export interface GroupOptions {
  readonly workers?: number;
  readonly backups?: number;
  readonly worker?: Partial<registry.SchedulingConstraints>;
  readonly validatorEntities?: ReadonlySet<Address>;
}

/** A committee of a runtime that everybody can execute. */
export function committeeOf(pool: readonly Candidate[], options: GroupOptions = {}): CommitteeElection {
  const { workers = 3, backups = 0, worker, validatorEntities = new Set<Address>() } = options;
  const { executor } = scheduler.committeeKinds;
  const zero = registry.Runtime.zero();
  const constraints = new Map<number, ReadonlyMap<number, registry.SchedulingConstraints> | null>();
  if (worker !== undefined) {
    const all = { ...registry.SchedulingConstraints.zero(), ...worker };
    constraints.set(executor, new Map([[scheduler.committeeRoles.worker, all]]));
  }
  return {
    runtime: {
      ...zero,
      id: runtimeId,
      kind: registry.runtimeKinds.compute,
      executor: { ...zero.executor, groupSize: workers, groupBackupSize: backups },
      constraints,
      deployments: [{ ...registry.VersionInfo.zero(), version: { major: 1, minor: 0, patch: 0 } }],
    },
    kind: executor,
    candidates: pool,
    validatorEntities,
    isSuitable: () => true,
  };
}
