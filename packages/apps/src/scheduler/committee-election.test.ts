import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";
import { scheduler, type Namespace, type PublicKey } from "@wadi/types";

import { electCommittee, type CommitteeElection, type ElectedCommittee } from "./committee-election.ts";
import type { Election } from "./election.ts";
import { candidates, committeeOf, electionWith, keyOf, lotsFor, runtimeId } from "./testing/elections.ts";

const { worker, backupWorker } = scheduler.committeeRoles;
const { executor } = scheduler.committeeKinds;

function ids({ members }: ElectedCommittee, role: number = worker): PublicKey[] {
  return members.filter((member) => member.role === role).map(({ publicKey }) => publicKey);
}

function failsWith(reason: RegExp, election: Election, committee: CommitteeElection): ElectedCommittee {
  const elected = electCommittee(election, committee);
  assert.match(elected.failure?.reason ?? "", reason);
  assert.deepEqual(elected.members, []);
  return elected;
}

/** Entries of the debug parameter for one runtime. */
function forcing(
  entries: Readonly<Record<number, Partial<scheduler.ForceElectCommitteeRole>>>,
  runtime: Namespace = runtimeId,
): NonNullable<Election["forced"]> {
  const nodes = new Map<PublicKey, scheduler.ForceElectCommitteeRole>();
  for (const [n, entry] of Object.entries(entries)) {
    nodes.set(keyOf(Number(n)), { kind: executor, roles: [worker], index: 0n, ...entry });
  }
  return new Map([[runtime, nodes]]);
}

test("a committee has its size, no node twice in a role, workers first", () => {
  const pools = fc.record({
    nodes: fc.integer({ min: 1, max: 30 }),
    workers: fc.integer({ min: 1, max: 12 }),
    backups: fc.integer({ min: 0, max: 12 }),
    entities: fc.integer({ min: 1, max: 10 }),
    isVrf: fc.boolean(),
  });
  fc.assert(
    fc.property(pools, ({ nodes, workers, backups, entities, isVrf }) => {
      const pool = candidates(nodes, (n) => n % entities);
      const election = electionWith({}, { lots: isVrf ? lotsFor(pool) : undefined });
      const elected = electCommittee(election, committeeOf(pool, { workers, backups }));
      assert.equal(elected.rewardable.size, Math.min(nodes, entities));
      if (nodes < Math.max(workers, backups)) return assert.notEqual(elected.failure, undefined);
      assert.equal(new Set(ids(elected)).size, workers);
      assert.equal(new Set(ids(elected, backupWorker)).size, backups);
      assert.ok(elected.members.slice(0, workers).every(({ role }) => role === worker));
    }),
    { numRuns: 40 },
  );
});

test("limits of the pool", () => {
  const pool = candidates(6, (n) => n % 2);
  const election = electionWith();
  const of = (worker: Parameters<typeof committeeOf>[1]) => committeeOf(pool, worker);
  failsWith(/no workers/, election, of({ workers: 0, backups: 1 }));
  failsWith(/not enough eligible/, election, of({ workers: 7 }));
  failsWith(/not enough eligible/, election, of({ worker: { minPoolSize: { limit: 7 } } }));
  assert.equal(ids(electCommittee(election, of({ worker: { minPoolSize: { limit: 6 } } }))).length, 3);
  // Two entities with one node each are a pool of two.
  failsWith(/not enough eligible/, election, of({ workers: 3, worker: { maxNodes: { limit: 1 } } }));
  assert.equal(ids(electCommittee(election, of({ workers: 2, worker: { maxNodes: { limit: 1 } } }))).length, 2);
  const { rewardable } = failsWith(/one entity/, election, of({ workers: 1, worker: { maxNodes: { limit: 0 } } }));
  assert.equal(rewardable.size, 2, "entities are rewarded although there is no committee");
});

test("without lots the first nodes of an entity are kept", () => {
  const pool = candidates(6, (n) => n % 2);
  const elected = electCommittee(electionWith(), committeeOf(pool, { workers: 2, worker: { maxNodes: { limit: 1 } } }));
  assert.deepEqual(ids(elected).toSorted(), [keyOf(1), keyOf(2)]);
});

test("only entities of elected validators where the runtime asks for it", () => {
  const pool = candidates(6, (n) => n % 3);
  const owners = new Set(pool.filter(({ node }) => Number(`0x${node.id}`) % 3 === 1).map(({ owner }) => owner));
  const options = { workers: 2, worker: { validatorSet: {} }, validatorEntities: owners };
  const elected = electCommittee(electionWith(), committeeOf(pool, options));
  assert.deepEqual(ids(elected).toSorted(), [keyOf(1), keyOf(4)]);
  assert.deepEqual(elected.rewardable, owners);
});

test("who cannot execute the runtime or lacks stake is out", () => {
  const pool = candidates(6);
  const poor = pool[0]?.owner;
  const stake = { balance: () => 0n, coversClaims: (owner: unknown) => owner !== poor };
  const suitable = { ...committeeOf(pool), isSuitable: ({ node }: { node: { id: string } }) => node.id !== keyOf(2) };
  const elected = electCommittee(electionWith({}, { stake }), {
    ...suitable,
    runtime: committeeOf(pool, { workers: 4 }).runtime,
  });
  assert.deepEqual(ids(elected).toSorted(), [3, 4, 5, 6].map(keyOf));
  const bypassed = electCommittee(
    electionWith({ debugBypassStake: true }, { stake }),
    committeeOf(pool, { workers: 6 }),
  );
  assert.equal(bypassed.members.length, 6);
});

test("VRF: a weak input allows no committee, a debug parameter does; no proof, no seat", () => {
  const pool = candidates(5);
  const weak = { lots: lotsFor(pool, [], false) };
  assert.equal(failsWith(/too few VRF proofs/, electionWith({}, weak), committeeOf(pool)).rewardable.size, 0);
  assert.equal(electCommittee(electionWith({ debugAllowWeakAlpha: true }, weak), committeeOf(pool)).members.length, 3);
  const some = { lots: lotsFor(pool, [2, 4]) };
  assert.deepEqual(ids(electCommittee(electionWith({}, some), committeeOf(pool))).toSorted(), [1, 3, 5].map(keyOf));
  failsWith(/not enough eligible/, electionWith({}, some), committeeOf(pool, { workers: 4 }));
});

test("forced nodes sit where they are told, the others keep their order", () => {
  const pool = candidates(8);
  const free = ids(electCommittee(electionWith(), committeeOf(pool, { workers: 8 })));
  const forced = forcing({ 3: { index: 2n }, 6: { index: 0n } });
  const elected = ids(electCommittee(electionWith({}, { forced }), committeeOf(pool, { workers: 5 })));
  assert.equal(elected[2], keyOf(3));
  assert.equal(elected[0], keyOf(6));
  const others = free.filter((id) => id !== keyOf(3) && id !== keyOf(6)).slice(0, 3);
  assert.deepEqual([elected[1], elected[3], elected[4]], others);
});

test("forced backup workers come first, in order of their IDs", () => {
  const pool = candidates(8);
  const roles = [backupWorker];
  const forced = forcing({ 7: { roles, index: 0n }, 2: { roles, index: 99n } });
  const elected = electCommittee(electionWith({}, { forced }), committeeOf(pool, { workers: 1, backups: 4 }));
  assert.deepEqual(ids(elected, backupWorker).slice(0, 2), [keyOf(2), keyOf(7)]);
});

test("forced nodes need no proof, but everybody else does", () => {
  const pool = candidates(4);
  const lots = lotsFor(pool, [1, 2]);
  const forced = forcing({ 1: {} });
  const elected = electCommittee(electionWith({}, { lots, forced }), committeeOf(pool));
  assert.deepEqual(elected.members[0]?.publicKey, keyOf(1));
  assert.deepEqual(ids(elected).toSorted(), [1, 3, 4].map(keyOf));
  // Forced as a backup worker only: counts in the pool of workers, but draws no lot.
  const elsewhere = forcing({ 1: { roles: [backupWorker] } });
  failsWith(/with a proof/, electionWith({}, { lots, forced: elsewhere }), committeeOf(pool));
});

test("forced elections that cannot be fulfilled give no committee", () => {
  const pool = candidates(4);
  const fails = (reason: RegExp, forced: Election["forced"], options: Parameters<typeof committeeOf>[1] = {}) =>
    failsWith(reason, electionWith({}, { forced }), committeeOf(pool, options));
  fails(/not all eligible/, forcing({ 9: {} }));
  fails(/not all eligible/, forcing({ 1: {}, 2: { index: 1n } }), { workers: 1 });
  fails(/index/, forcing({ 1: {}, 2: {} }));
  fails(/index/, forcing({ 1: { index: 3n } }));
  fails(/index/, forcing({ 1: { index: 2n ** 64n - 1n } }));
  const elsewhere = forcing({ 1: {} }, "00".repeat(32) as Namespace);
  fails(/limit of nodes/, elsewhere, { worker: { maxNodes: { limit: 1 } } });
  assert.equal(electCommittee(electionWith({}, { forced: elsewhere }), committeeOf(pool)).members.length, 3);
});
