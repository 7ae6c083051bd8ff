import assert from "node:assert/strict";
import { test } from "node:test";
import { registry } from "@wadi/types";

import { BlockFailure } from "../../framework/errors.ts";
import { keys } from "../keys.ts";
import { entity, setNode, setRuntimeOwner } from "../state.ts";
import {
  TestNetwork,
  computeId,
  first,
  nodeOf,
  owner,
  second,
  signedEntity,
  signedNode,
  stranger,
} from "../testing/test-network.ts";
import { deregisterEntity, registerEntity } from "./entities.ts";

const register = (network: TestNetwork, signed = signedEntity([first, second]), signer = owner) =>
  network.run(signer, (ctx) => registerEntity(ctx, signed));

test("an entity is registered with its claim and pays for the nodes it lists", () => {
  const network = new TestNetwork();
  assert.deepEqual(register(network), { code: "ok", gas: 1020n, events: ["entity"] });
  assert.equal(entity(network.state, owner.publicKey)?.nodes.length, 2);
  assert.deepEqual([...network.claims(owner.publicKey).keys()], [registry.STAKE_CLAIM_REGISTER_ENTITY]);
});

test("a replaced descriptor may drop live nodes", () => {
  const network = new TestNetwork();
  register(network);
  setNode(network.state, undefined, nodeOf(first), signedNode(first));
  assert.equal(register(network, signedEntity([])).code, "ok");
});

test("refused registrations of entities", () => {
  const network = new TestNetwork();
  assert.equal(register(network, signedEntity([first, first])).code, "registry/1", "duplicate nodes");
  const forged = { ...signedEntity([]), signature: signedEntity([], stranger).signature };
  assert.equal(register(network, forged).code, "registry/2", "forged");
  assert.equal(register(network, signedEntity([]), stranger).code, "registry/12", "other signer");
  network.setEscrow(owner.publicKey, 99n);
  assert.equal(register(network).code, "staking/4", "stake");
  network.setStaking({ debugBypassStake: true });
  assert.equal(register(network).code, "ok", "stake bypassed");
  assert.equal(network.claims(owner.publicKey).size, 0);
});

test("CheckTx verifies the descriptor only; simulation stops after gas", () => {
  const network = new TestNetwork();
  const body = (ctx: Parameters<typeof registerEntity>[0]): void => registerEntity(ctx, signedEntity([]));
  assert.deepEqual(network.run(stranger, body, "check"), { code: "ok", gas: 0n, events: [] });
  assert.deepEqual(network.run(stranger, body, "simulate"), { code: "ok", gas: 1000n, events: [] });
  assert.equal(entity(network.state, owner.publicKey), undefined);
});

test("deregistration", () => {
  const network = new TestNetwork();
  assert.equal(network.run(owner, deregisterEntity).code, "registry/9", "unknown");
  register(network);
  assert.deepEqual(network.run(owner, deregisterEntity), { code: "ok", gas: 1001n, events: ["entity"] });
  assert.equal(entity(network.state, owner.publicKey), undefined);
  assert.equal(network.claims(owner.publicKey).size, 0);
});

test("an entity with nodes or runtimes stays", () => {
  const network = new TestNetwork();
  register(network);
  setRuntimeOwner(network.state, computeId, owner.publicKey);
  assert.equal(network.run(owner, deregisterEntity).code, "registry/19");
  setNode(network.state, undefined, nodeOf(first), signedNode(first));
  assert.equal(network.run(owner, deregisterEntity).code, "registry/15");
});

test("an entity without its claim stops the block", () => {
  const network = new TestNetwork();
  network.state.set(keys.entities.at({ entity: owner.publicKey }), signedEntity([]));
  assert.throws(() => network.run(owner, deregisterEntity), BlockFailure);
});
