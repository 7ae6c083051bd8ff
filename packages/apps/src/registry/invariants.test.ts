// Whatever is sent in whatever order: rules refuse with typed errors, and the tables agree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stakingAddress } from "@wadi/crypto";
import { node as nodeTypes, registry } from "@wadi/types";
import fc from "fast-check";

import type { Elements, StateKey } from "../framework/state-key.ts";
import { keys as stakingKeys } from "../staking/keys.ts";
import { beginBlock } from "./block.ts";
import { keys } from "./keys.ts";
import { entity, nodeBySubKey, nodeByConsensusKey, nodes, nodeStatus, nodesOfEntity, suspendRuntime } from "./state.ts";
import {
  TestNetwork,
  VERSION,
  computeId,
  deployment,
  first,
  noQuotes,
  owner,
  runtimeOf,
  second,
  serving,
  signedEntity,
  signedNode,
  stranger,
} from "./testing/test-network.ts";
import { deregisterEntity, registerEntity } from "./transactions/entities.ts";
import { registerNode, unfreezeNode } from "./transactions/nodes.ts";
import { registerRuntime } from "./transactions/runtimes.ts";

type Step = (on: TestNetwork) => void;

const people = fc.constantFrom(owner, stranger);
const machines = fc.constantFrom(first, second);
const { roles } = nodeTypes;

const entitySteps = fc
  .tuple(people, people, fc.subarray([first, second]))
  .map(([signer, sender, listed]): Step => (on) => {
    on.run(sender, (ctx) => registerEntity(ctx, signedEntity(listed, signer)));
  });
const deregistrations = people.map(
  (signer): Step =>
    (on) =>
      void on.run(signer, deregisterEntity),
);
const nodeSteps = fc
  .record({
    machine: machines,
    sender: fc.constantFrom(first, second),
    entityOf: people,
    after: fc.bigInt(0n, 6n),
    roles: fc.constantFrom(roles.validator, roles.compute, roles.compute | roles.validator, roles.observer, 16),
    serves: fc.boolean(),
    vrf: machines,
  })
  .map(({ machine, sender, entityOf, after, roles: mask, serves, vrf }): Step => (on) => {
    const changes = {
      ...(serves ? serving(computeId) : {}),
      entityId: entityOf.publicKey,
      expiration: on.epoch + after,
      roles: mask,
      vrf: { id: vrf.vrf.publicKey },
    };
    const signed = signedNode({ ...machine, vrf: vrf.vrf }, changes);
    on.run(sender.id, (ctx) => registerNode(ctx, signed, noQuotes));
  });
const unfreezes = fc.tuple(people, machines).map(([signer, { id }]): Step => (on) => {
  on.run(signer, (ctx) => unfreezeNode(ctx, { nodeId: id.publicKey }));
});
const runtimeSteps = fc
  .record({ sender: people, entityOf: people, validFrom: fc.bigInt(0n, 4n), model: fc.integer({ min: 0, max: 4 }) })
  .map(({ sender, entityOf, validFrom, model }): Step => (on) => {
    const changes = { entityId: entityOf.publicKey, governanceModel: model };
    const next = runtimeOf({ ...changes, deployments: [deployment(VERSION, validFrom)] });
    on.run(sender, (ctx) => void registerRuntime(ctx, next));
  });
const suspensions = fc.constant((on: TestNetwork): void => {
  if (on.state.has(keys.runtimes.at({ runtime: computeId }))) suspendRuntime(on.context("end-block"), computeId);
});
const stakes = fc.tuple(people, fc.bigInt(0n, 600n)).map(([{ publicKey }, amount]): Step => (on) => {
  on.setEscrow(publicKey, amount);
});
const epochs = fc.constant((on: TestNetwork): void => {
  const lastEpoch = on.epoch++;
  beginBlock(on.context("begin-block", { epoch: on.epoch, lastEpoch }));
});

const steps = fc.oneof(
  entitySteps,
  deregistrations,
  { arbitrary: nodeSteps, weight: 4 },
  unfreezes,
  runtimeSteps,
  suspensions,
  stakes,
  epochs,
);

function verifyTables({ state }: TestNetwork): void {
  const all = nodes(state);
  const count = <E extends Elements, V>(key: StateKey<E, V>): number => [...state.keys(key.all())].length;
  assert.equal(count(keys.nodesByEntity), all.length, "nodes by entity");
  assert.equal(count(keys.nodesByConsensusAddress), all.length, "nodes by consensus address");
  assert.equal(count(keys.nodeStatuses), all.length, "statuses");
  assert.equal(count(keys.nodesByKey), all.length * 4, "nodes by key");
  for (const { id, entityId, consensus, p2p, vrf, tls } of all) {
    for (const key of [consensus.id, p2p.id, vrf.id, tls.pubKey]) assert.equal(nodeBySubKey(state, key)?.id, id);
    assert.equal(nodeByConsensusKey(state, consensus.id)?.id, id);
    assert.ok(nodeStatus(state, id) !== undefined);
    assert.ok(nodesOfEntity(state, entityId).some((found) => found.id === id));
    assert.ok(entity(state, entityId) !== undefined, "an entity stays as long as its nodes");
  }
  assert.ok(count(keys.runtimes) + count(keys.suspendedRuntimes) <= 1, "active or suspended");
  assert.equal(count(keys.runtimesByEntity), count(keys.runtimes) + count(keys.suspendedRuntimes), "owners");
}

/** Claims are exactly those of what is registered. */
function verifyClaims(on: TestNetwork): void {
  const expected: string[] = [];
  const of = (account: string, claim: string): void => void expected.push(`${account} ${claim}`);
  for (const { publicKey } of [owner, stranger]) {
    const account = stakingAddress(publicKey);
    if (entity(on.state, publicKey) !== undefined) of(account, registry.STAKE_CLAIM_REGISTER_ENTITY);
    for (const { id } of nodesOfEntity(on.state, publicKey)) of(account, registry.stakeClaimForNode(id));
  }
  for (const key of [keys.runtimes, keys.suspendedRuntimes]) {
    for (const { value } of on.state.list(key.all())) {
      const account = registry.runtimeStakingAddress(value);
      if (account !== undefined) of(account, registry.stakeClaimForRuntime(value.id));
    }
  }
  const stored = on.state
    .list(stakingKeys.accounts.all())
    .flatMap(({ fields, value }) =>
      [...value.escrow.stakeAccumulator.claims.keys()].map((claim) => `${fields.owner} ${claim}`),
    );
  assert.deepEqual(stored.toSorted(), expected.toSorted());
}

test("tables and claims agree after any history", () => {
  let registered = 0;
  const history = (taken: readonly Step[]): void => {
    const on = new TestNetwork();
    on.run(owner, (ctx) => registerEntity(ctx, signedEntity([first, second])));
    for (const step of taken) {
      step(on);
      verifyTables(on);
    }
    verifyClaims(on);
    registered += nodes(on.state).length;
  };
  fc.assert(fc.property(fc.array(steps, { minLength: 5, maxLength: 25 }), history), { numRuns: 60 });
  assert.ok(registered > 0, "histories that lead nowhere prove nothing");
});
