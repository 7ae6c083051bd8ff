import assert from "node:assert/strict";
import { test } from "node:test";
import { runtimeAddress } from "@wadi/crypto";
import { registry, roothash, staking, type PublicKey } from "@wadi/types";
import { AssertionError } from "@wadi/util";

import { refuse } from "../../framework/errors.ts";
import { keys as stakingKeys } from "../../staking/keys.ts";
import { hasEntityRuntimes, runtime, suspendRuntime, suspendedRuntime } from "../state.ts";
import {
  TestNetwork,
  VERSION,
  computeId,
  deployment,
  keyManagerId,
  owner,
  runtimeOf,
  stranger,
  type Outcome,
} from "../testing/test-network.ts";
import { registerRuntime } from "./runtimes.ts";

type Changes = Partial<registry.Runtime>;
const { governanceModels, runtimeKinds } = registry;

const register = (network: TestNetwork, changes: Changes = {}, signer = owner): Outcome =>
  network.run(signer, (ctx) => void registerRuntime(ctx, runtimeOf(changes)));

const nextVersion = { ...VERSION, minor: 1 };

test("a runtime is registered with its claim; its entity need not be known", () => {
  const network = new TestNetwork();
  assert.deepEqual(register(network), { code: "ok", gas: 1003n, events: ["runtime_started"] });
  assert.deepEqual(network.published, ["new", "updated"]);
  assert.deepEqual(runtime(network.state, computeId), runtimeOf());
  assert.ok(network.claims(owner.publicKey).has(registry.stakeClaimForRuntime(computeId)));
  assert.ok(hasEntityRuntimes(network.state, owner.publicKey));
});

test("refused new runtimes", () => {
  const network = new TestNetwork();
  const refused: readonly (readonly [string, Changes, string])[] = [
    ["version", { v: 2 }, "registry/1"],
    ["no deployments", { deployments: [] }, "registry/1"],
    ["immediate deployment", { deployments: [deployment(VERSION, 1n)] }, "registry/18"],
    ["two future deployments", { deployments: [deployment(VERSION, 5n), deployment(nextVersion, 6n)] }, "registry/1"],
    ["unknown key manager", { keyManager: keyManagerId }, "registry/11"],
    ["consensus governance", { governanceModel: governanceModels.consensus }, "registry/16"],
    ["runtime governance", { governanceModel: governanceModels.runtime }, "registry/16"],
    ["somebody else's entity", { entityId: stranger.publicKey }, "registry/12"],
  ];
  for (const [what, changes, code] of refused) assert.equal(register(network, changes).code, code, what);
  network.setParameters({ enableRuntimeGovernanceModels: new Map() });
  assert.equal(register(network).code, "registry/16", "no governance model enabled");
  network.setParameters({ disableRuntimeRegistration: true });
  assert.deepEqual(register(network), { code: "registry/16", gas: 0n, events: [] });
  assert.equal(network.published.length, 0);
});

test("key managers can be disabled on their own", () => {
  const network = new TestNetwork();
  const changes = { id: keyManagerId, kind: runtimeKinds.keyManager };
  network.setParameters({ disableKmRuntimeRegistration: true });
  assert.equal(register(network, changes).code, "registry/16");
  network.setParameters({});
  assert.equal(register(network, changes).code, "ok");
});

test("modes: CheckTx verifies, simulation takes gas", () => {
  const network = new TestNetwork();
  const body = (changes: Changes) => (ctx: Parameters<typeof registerRuntime>[0]) => {
    assert.equal(registerRuntime(ctx, runtimeOf(changes)), undefined);
  };
  assert.equal(network.run(stranger, body({}), "check").gas, 0n);
  assert.equal(network.run(stranger, body({ v: 1 }), "check").code, "registry/1");
  assert.equal(network.run(stranger, body({}), "simulate").gas, 1003n);
  assert.equal(runtime(network.state, computeId), undefined);
});

test("what roothash refuses leaves nothing behind but gas", () => {
  const network = new TestNetwork();
  network.onRuntimeUpdated = () => refuse(roothash.ErrMaxMessagesTooBig, "too many");
  assert.deepEqual(register(network), { code: "roothash/7", gas: 1003n, events: [] });
  assert.equal(runtime(network.state, computeId), undefined);
  assert.equal(network.claims(owner.publicKey).size, 0);
});

test("stake", () => {
  const network = new TestNetwork();
  network.setEscrow(owner.publicKey, 99n);
  assert.equal(register(network).code, "staking/4");
  network.setStaking({ debugBypassStake: true });
  assert.equal(register(network).code, "ok");
});

test("a suspended runtime is updated where it is", () => {
  const network = new TestNetwork();
  register(network);
  suspendRuntime(network.context("begin-block"), computeId);
  assert.deepEqual(register(network).events, []);
  assert.equal(runtime(network.state, computeId), undefined);
  assert.deepEqual(suspendedRuntime(network.state, computeId), runtimeOf());
});

test("the entity that owns a runtime hands it over with its claim and index entry", () => {
  const network = new TestNetwork();
  register(network);
  assert.equal(register(network, { entityId: stranger.publicKey }, stranger).code, "registry/12");
  assert.equal(register(network, { entityId: stranger.publicKey }).code, "ok");
  assert.equal(network.claims(owner.publicKey).size, 0);
  assert.ok(network.claims(stranger.publicKey).has(registry.stakeClaimForRuntime(computeId)));
  const owners = (ids: readonly PublicKey[]): boolean[] => ids.map((id) => hasEntityRuntimes(network.state, id));
  assert.deepEqual(owners([owner.publicKey, stranger.publicKey]), [false, true]);
});

test("before 26.1 the index entry of the old owner stayed", () => {
  const network = new TestNetwork();
  network.setOldFeatures();
  register(network);
  assert.equal(register(network, { entityId: stranger.publicKey }).code, "ok");
  assert.ok(hasEntityRuntimes(network.state, owner.publicKey));
});

test("under its own governance only the runtime itself makes changes", () => {
  const network = new TestNetwork();
  register(network);
  const own = runtimeAddress(computeId);
  const changes = { governanceModel: governanceModels.runtime };
  assert.equal(register(network, changes).code, "staking/4", "the runtime needs stake of its own");
  const account = staking.Account.zero();
  const escrow = { ...account.escrow, active: { balance: 100n, totalShares: 100n } };
  network.state.set(stakingKeys.accounts.at({ owner: own }), { ...account, escrow });
  assert.equal(register(network, changes).code, "ok");
  assert.equal(register(network, changes).code, "registry/16", "the entity");
  const asRuntime = network.run(owner, (ctx) => {
    ctx.asCaller(own, (inner) => void registerRuntime(inner, runtimeOf(changes)));
  });
  assert.equal(asRuntime.code, "ok");
});

test("refused updates", () => {
  const network = new TestNetwork();
  register(network);
  network.epoch = 6n;
  const active = deployment(VERSION, 5n);
  const refused: readonly (readonly [string, Changes])[] = [
    ["genesis", { genesis: { ...runtimeOf().genesis, round: 1n } }],
    ["active deployment removed", { deployments: [deployment(nextVersion, 9n)] }],
    ["active deployment changed", { deployments: [deployment(VERSION, 4n)] }],
    ["deployed at once", { deployments: [active, deployment(nextVersion, 6n)] }],
    ["governance by consensus", { governanceModel: governanceModels.consensus }],
  ];
  for (const [what, changes] of refused) assert.equal(register(network, changes).code, "registry/18", what);
  assert.equal(register(network, { deployments: [active, deployment(nextVersion, 7n)] }).code, "ok");
});

test("a stored runtime with more deployments than allowed by now stops the block", () => {
  const network = new TestNetwork();
  const third = { ...VERSION, minor: 2 };
  network.setParameters({ maxRuntimeDeployments: 3, debugDeployImmediately: true });
  const deployments = [deployment(VERSION, 0n), deployment(nextVersion, 1n), deployment(third, 5n)];
  assert.equal(register(network, { deployments }).code, "ok");
  network.setParameters({});
  assert.throws(() => register(network), AssertionError);
});
