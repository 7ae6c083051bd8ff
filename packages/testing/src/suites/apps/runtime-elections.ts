import assert from "node:assert/strict";

import { schedulerApp } from "@wadi/apps";
import { publicKeyFromHex, stakingAddress } from "@wadi/crypto";
import {
  node as nodeTypes,
  registry,
  scheduler,
  type Address,
  type Namespace,
  type PublicKey,
  type signature,
} from "@wadi/types";
import { fromHex, must } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface ElectionCase {
  readonly Backend: "insecure" | "vrf";
  readonly Epoch: number;
  /** As the elections hashed it: this very text. */
  readonly ChainContext: string;
  readonly Entropy: string;
  readonly MinValidators: number;
  readonly MaxValidators: number;
  readonly MaxPerEntity: number;
  readonly PowerDistribution: number;
  readonly Entities: readonly { readonly ID: string; readonly Stake: number; readonly Claimed: number }[];
  readonly Nodes: readonly NodeCase[];
  readonly RuntimeID: string;
  readonly GroupSize: number;
  readonly GroupBackupSize: number;
  readonly Constraints: Readonly<Record<"worker" | "backup-worker", ConstraintsCase>>;
  readonly CanElect?: boolean;
  readonly Validators?: readonly string[];
  readonly ValidatorError?: string;
  readonly Committee: readonly string[] | null;
  readonly Rewarded: readonly string[];
}

interface NodeCase {
  readonly ID: string;
  readonly Entity: string;
  readonly Consensus: string;
  readonly Roles: number;
  readonly RtVersions?: readonly number[] | null;
  readonly SuspendedUntil?: number;
  readonly Proof?: string;
}

interface ConstraintsCase {
  readonly max_nodes?: number;
  readonly min_pool_size?: number;
  readonly validator_set?: object;
}

export const suite: Suite = {
  file: "apps/runtime-elections",
  run(r) {
    const file = loadVector<{ readonly cases: readonly ElectionCase[] }>("apps/runtime-elections");
    if (file === undefined) return r.leaveOut("the vector file is not at hand");
    file.cases.forEach((one, at) => elect(r, `${one.Backend} election ${at}`, one));
  },
};

function elect(r: Recorder, name: string, one: ElectionCase): void {
  const election = electionOf(one);
  const candidates = one.Nodes.map((node) => candidateOf(one, node));
  let elected: schedulerApp.ElectedValidators = { validators: new Map(), entities: new Set<Address>() };
  r.case(`${name}: validators`, () => {
    if (one.ValidatorError !== undefined) {
      const [, reason = ""] = /^cometbft\/scheduler: (.*)$/.exec(one.ValidatorError) ?? [];
      assert.throws(() => schedulerApp.electValidators(election, candidates), { message: reason });
      return;
    }
    elected = schedulerApp.electValidators(election, candidates);
    const found = Array.from(elected.validators, ([key, { id, votingPower }]) => `${key}:${id}:${votingPower}`);
    assert.deepEqual(found.toSorted(), one.Validators);
  });
  r.case(`${name}: committee`, () => {
    const runtime = runtimeOf(one);
    const { members, rewardable, failure } = schedulerApp.electCommittee(election, {
      runtime,
      kind: scheduler.committeeKinds.executor,
      candidates,
      validatorEntities: elected.entities,
      isSuitable: schedulerApp.executorSuitability(runtime, election.epoch, noAttestations),
    });
    assert.deepEqual(
      members.map(({ publicKey, role }) => `${role}:${publicKey}`),
      one.Committee ?? [],
    );
    assert.equal(failure === undefined, members.length > 0);
    const rewarded = [...elected.entities.union(rewardable)].toSorted();
    // A failed election of validators has collected those who took part; the block fails with it.
    if (one.ValidatorError === undefined) assert.deepEqual(rewarded, one.Rewarded);
    else assert.deepEqual(rewardable.difference(new Set(one.Rewarded)).size, 0);
  });
}

function electionOf(one: ElectionCase): schedulerApp.Election {
  const stakes = new Map(one.Entities.map((entity) => [stakingAddress(publicKeyFromHex(entity.ID)), entity]));
  const stakeOf = (owner: Address) => must(stakes.get(owner));
  const epoch = BigInt(one.Epoch);
  return {
    epoch,
    parameters: {
      ...scheduler.ConsensusParameters.zero(),
      minValidators: BigInt(one.MinValidators),
      maxValidators: BigInt(one.MaxValidators),
      maxValidatorsPerEntity: BigInt(one.MaxPerEntity),
      votingPowerDistribution: one.PowerDistribution,
    },
    beacon: fromHex(one.Entropy),
    lots: one.Backend === "vrf" ? lotsOf(one, epoch) : undefined,
    stake: {
      balance: (owner) => BigInt(stakeOf(owner).Stake),
      coversClaims: (owner) => stakeOf(owner).Stake >= stakeOf(owner).Claimed,
    },
    forced: null,
  };
}

function lotsOf(one: ElectionCase, epoch: bigint): schedulerApp.ProvenLots {
  const proofs = new Map<PublicKey, signature.Proof>();
  for (const { ID: id, Proof: proof } of one.Nodes) {
    if (proof === undefined) continue;
    proofs.set(publicKeyFromHex(id), { publicKey: publicKeyFromHex(id), proof: fromHex(proof) });
  }
  return new schedulerApp.ProvenLots(one.ChainContext, epoch, proofs, one.CanElect === true);
}

function candidateOf(one: ElectionCase, node: NodeCase): schedulerApp.Candidate {
  const id = one.RuntimeID as Namespace;
  const entityId = publicKeyFromHex(node.Entity);
  const faults = new Map<Namespace, registry.Fault>();
  if (node.SuspendedUntil !== undefined) faults.set(id, { failures: 1, suspendedUntil: BigInt(node.SuspendedUntil) });
  return {
    node: {
      ...nodeTypes.NodeV3.zero(),
      id: publicKeyFromHex(node.ID),
      entityId,
      roles: node.Roles,
      consensus: { id: publicKeyFromHex(node.Consensus), addresses: null },
      runtimes: (node.RtVersions ?? []).map((major) => ({
        id,
        version: { major, minor: 0, patch: 0 },
        capabilities: { tee: null },
        extraInfo: null,
      })),
    },
    status: { ...registry.NodeStatus.zero(), faults },
    owner: stakingAddress(entityId),
  };
}

function runtimeOf(one: ElectionCase): registry.Runtime {
  const zero = registry.Runtime.zero();
  const deployment = (major: number, validFrom: number): registry.VersionInfo => ({
    ...registry.VersionInfo.zero(),
    version: { major, minor: 0, patch: 0 },
    validFrom: BigInt(validFrom),
  });
  const { worker, backupWorker } = scheduler.committeeRoles;
  return {
    ...zero,
    id: one.RuntimeID as Namespace,
    kind: registry.runtimeKinds.compute,
    executor: { ...zero.executor, groupSize: one.GroupSize, groupBackupSize: one.GroupBackupSize },
    constraints: new Map([
      [
        scheduler.committeeKinds.executor,
        new Map([
          [worker, constraintsOf(one.Constraints.worker)],
          [backupWorker, constraintsOf(one.Constraints["backup-worker"])],
        ]),
      ],
    ]),
    deployments: [deployment(1, 0), deployment(2, one.Epoch + 1)],
  };
}

function constraintsOf(one: ConstraintsCase): registry.SchedulingConstraints {
  const limited = (limit: number | undefined): { readonly limit: number } | null =>
    limit === undefined ? null : { limit };
  return {
    validatorSet: one.validator_set === undefined ? null : {},
    maxNodes: limited(one.max_nodes),
    minPoolSize: limited(one.min_pool_size),
  };
}

/** The runtimes of these cases need none. */
const noAttestations: schedulerApp.AttestationRules = {
  features: null,
  isFeatureVersion261: true,
  get context(): never {
    throw new Error("no attestation is to be verified here");
  },
};
