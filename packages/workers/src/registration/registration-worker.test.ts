import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { registryApp, beaconApp, type State } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { decodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts, testSigner } from "@wadi/crypto";
import { silentLogger } from "@wadi/telemetry";
import { beacon, entity, node, registry, signature } from "@wadi/types";
import { must } from "@wadi/util";

import { testRuntimeId } from "../testing/test-block.ts";
import { RegistrationWorker } from "./registration-worker.ts";
import type { RegistrationKeys } from "./descriptor.ts";

const owner = testSigner("the owner");
const keys: RegistrationKeys = {
  node: testSigner("node"),
  p2p: testSigner("p2p"),
  consensus: testSigner("consensus"),
  vrf: testSigner("vrf"),
  tls: testSigner("tls"),
};
const { compute, validator } = node.roles;
const runtime: node.Runtime = { ...node.Runtime.zero(), id: testRuntimeId };
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A chain that takes what it is sent, unless a test says otherwise. */
class TestChain {
  lastHeight = 1;
  epoch = 1n;
  epochHeight = 1;
  beacon: beacon.ConsensusParameters = { ...beacon.ConsensusParameters.zero(), backend: "insecure" };
  isOwned = true;
  isThereOwner = true;
  allowsAnyAddress = true;
  registered: node.Node | undefined;
  failure: Error | undefined;
  readonly sent: node.Node[] = [];

  stateAt(): State {
    const context = testContext({ mode: "init-chain" });
    const { state } = context;
    beaconApp.setEpoch(state, { epoch: this.epoch, height: this.epochHeight });
    beaconApp.setParameters(context, this.beacon);
    const debugAllowUnroutableAddresses = this.allowsAnyAddress;
    registryApp.setParameters(context, { ...registry.ConsensusParameters.zero(), debugAllowUnroutableAddresses });
    const nodes = this.isOwned ? [keys.node.publicKey] : [];
    const owned = { v: entity.LATEST_ENTITY_VERSION, id: owner.publicKey, nodes };
    const signed = signature.signValue(entity.Entity, owned, bindContext(signatureContexts.registerEntity), owner);
    if (this.isThereOwner) registryApp.setEntity(state, owner.publicKey, signed);
    const { registered } = this;
    if (registered !== undefined) {
      const signed = signature.multiSignValue(node.Node, registered, bindContext(signatureContexts.registerNode), [
        keys.node,
      ]);
      registryApp.setNode(state, undefined, registered, signed);
      registryApp.setNodeStatus(state, registered.id, registry.NodeStatus.zero());
    }
    return state;
  }

  submit(body: Uint8Array): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const signed = decodeCbor(node.MultiSignedNode, body);
    const descriptor = decodeCbor(node.Node, must(signed.untrustedRawValue));
    assert.deepEqual(
      signed.signatures?.map(({ publicKey }) => publicKey),
      [keys.node, keys.p2p, keys.consensus, keys.vrf, keys.tls].map(({ publicKey }) => publicKey),
    );
    this.sent.push(descriptor);
    this.registered = descriptor;
    return Promise.resolve();
  }
}

const addressOf = (text: string): node.ConsensusAddress => {
  return { id: keys.p2p.publicKey, address: node.parseAddress(text) };
};
const defaults = {
  isLeaving: false,
  random: 0,
  renewsUnready: false,
  consensusAddresses: [addressOf("127.0.0.1:26656"), addressOf("34.1.2.3:26656")],
};

function setUp(t: TestContext, changes: Partial<typeof defaults> = {}) {
  const { consensusAddresses, isLeaving, random, renewsUnready } = { ...defaults, ...changes };
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const chain = new TestChain();
  const warnings: string[] = [];
  const leaving: bigint[][] = [];
  let flag = isLeaving === true;
  const worker = new RegistrationWorker({
    consensus: {
      backend: { machine: chain, isSynced: true },
      submit: (_, { body }) => chain.submit(must(body)),
    },
    keys,
    entityId: owner.publicKey,
    addresses: { p2pAddresses: [], consensusAddresses },
    softwareVersion: "1",
    log: {
      ...silentLogger,
      warn: (message) => void warnings.push(message),
    },
    random: () => random ?? 0,
    renewsUnready: renewsUnready === true,
    onLeaving: ({ epoch, expiration }) => leaving.push([epoch, expiration]),
    flag: { get: () => flag, set: (value) => (flag = value) },
  });
  t.after(() => worker[Symbol.dispose]());
  const block = async (): Promise<void> => {
    worker.blockCommitted();
    await turn();
  };
  return { chain, worker, block, warnings, leaving, isLeaving: () => flag };
}

test("all parts must be ready; the descriptor has all their roles", async (t) => {
  const { block, chain, worker } = setUp(t);
  await block();
  assert.equal(chain.sent.length, 0, "nobody wants a role");
  worker.provide(validator).isAvailable = true;
  const executor = worker.provide(compute, () => [runtime]);
  await block();
  assert.equal(chain.sent.length, 0);
  executor.isAvailable = true;
  worker.changed();
  await worker.registered;
  const [{ entityId, expiration, roles, runtimes }] = chain.sent as [node.Node];
  assert.deepEqual([roles, expiration, entityId], [validator | compute, 3n, owner.publicKey]);
  assert.deepEqual(
    runtimes?.map((one) => one?.id),
    [testRuntimeId],
  );
  const report = worker.report();
  assert.ok(report.lastAttemptSuccessful && report.lastRegistration !== undefined);
  assert.equal(report.nodeStatus?.expirationProcessed, false);
});

test("once in every epoch, and when a part changes", async (t) => {
  const { block, chain, worker } = setUp(t);
  const part = worker.provide(validator);
  part.isAvailable = true;
  for (let i = 0; i < 3; i++) await block();
  chain.epoch = 2n;
  for (let i = 0; i < 3; i++) await block();
  assert.deepEqual(
    chain.sent.map(({ expiration }) => expiration),
    [3n, 4n],
  );
  worker.changed();
  await turn();
  assert.equal(chain.sent.length, 3);
  part.isAvailable = false;
  worker.changed();
  chain.epoch = 3n;
  await block();
  assert.equal(chain.sent.length, 3, "a part that is gone holds it up");
});

test("where it is asked for, a registration that stands is renewed while a part is gone", async (t) => {
  const { block, chain, worker } = setUp(t, { renewsUnready: true });
  worker.provide(validator).isAvailable = true;
  const executor = worker.provide(compute, () => (executor.isAvailable ? [runtime] : []));
  await block();
  assert.equal(chain.sent.length, 0, "there is nothing to renew");
  executor.isAvailable = true;
  worker.changed();
  await worker.registered;
  executor.isAvailable = false;
  for (let i = 0; i < 3; i++) {
    worker.changed();
    await block();
  }
  assert.equal(chain.sent.length, 1, "it holds for this epoch");
  for (chain.epoch = 2n; chain.epoch < 5n; chain.epoch++) {
    worker.changed();
    await block();
  }
  const [first, ...renewed] = chain.sent;
  assert.deepEqual(
    renewed,
    [4n, 5n, 6n].map((expiration) => ({ ...must(first), expiration })),
  );
});

test("a renewal while a part is not ready makes nobody believe that the node is", async (t) => {
  const { block, chain, worker } = setUp(t, { renewsUnready: true });
  // From an earlier run.
  const id = keys.node.publicKey;
  const owned = { v: node.LATEST_NODE_VERSION, id, entityId: owner.publicKey, expiration: 1n, roles: compute };
  chain.registered = { ...node.NodeV3.zero(), ...owned, runtimes: [runtime] };
  const executor = worker.provide(compute, () => (executor.isAvailable ? [runtime] : []));
  let isRegistered = false;
  void worker.registered.then(() => (isRegistered = true));
  await block();
  assert.deepEqual([chain.sent.length, isRegistered], [1, false]);
  executor.isAvailable = true;
  worker.changed();
  await turn();
  assert.deepEqual([chain.sent.length, isRegistered], [2, true]);
});

test("with the VRF beacon nodes register at different heights of an epoch's first part", async (t) => {
  const { block, chain, worker } = setUp(t, { random: 0.99 });
  const vrfParameters = { ...beacon.VRFParameters.zero(), interval: 250n };
  chain.beacon = { ...chain.beacon, backend: "vrf", vrfParameters };
  worker.provide(validator).isAvailable = true;
  const sentAt: number[] = [];
  const blocks = async (from: number, to: number): Promise<void> => {
    for (chain.lastHeight = from; chain.lastHeight < to; chain.lastHeight++) {
      const before = chain.sent.length;
      await block();
      if (chain.sent.length > before) sentAt.push(chain.lastHeight);
    }
  };
  await blocks(1, 30);
  [chain.epoch, chain.epochHeight] = [2n, 251];
  await blocks(251, 300);
  assert.deepEqual(sentAt, [10, 260], "any of the ten first blocks");
  worker.changed();
  await turn();
  assert.equal(chain.sent.length, 3, "a part that changed does not wait");
  chain.beacon = { ...chain.beacon, vrfParameters: { ...vrfParameters, interval: 99n } };
  [chain.epoch, chain.epochHeight] = [3n, 501];
  await blocks(501, 503);
  assert.deepEqual(sentAt.slice(2), [501], "short epochs leave no time to wait");
});

test("before the first block, and while the owner does not know the node, nothing is sent", async (t) => {
  const { block, chain, warnings, worker } = setUp(t);
  chain.lastHeight = 0;
  worker.provide(validator).isAvailable = true;
  await block();
  [chain.lastHeight, chain.isOwned] = [1, false];
  for (let i = 0; i < 3; i++) await block();
  assert.equal(chain.sent.length, 0);
  const text = "deferring registration: the owning entity does not have the node in its node list";
  assert.deepEqual(warnings, [text], "told once an epoch");
  chain.isOwned = true;
  await block();
  assert.equal(chain.sent.length, 1);
});

test("what fails is tried again, less and less often", async (t) => {
  const { block, chain, worker } = setUp(t);
  worker.provide(validator).isAvailable = true;
  chain.failure = new Error("not now");
  await block();
  assert.deepEqual(
    [worker.report().lastAttemptErrorMessage, worker.report().lastAttemptSuccessful],
    ["not now", false],
  );
  const delays: number[] = [];
  let attempts = 1;
  const original = chain.submit.bind(chain);
  chain.submit = (body) => {
    attempts++;
    return original(body);
  };
  for (let waited = 0; delays.length < 3 && waited < 20_000; waited += 100) {
    const before = attempts;
    t.mock.timers.tick(100);
    await turn();
    if (attempts > before) delays.push(waited + 100);
  }
  assert.deepEqual(delays, [500, 1500, 3500]);
  chain.failure = undefined;
  t.mock.timers.tick(4000);
  await worker.registered;
  assert.equal(worker.report().lastAttemptErrorMessage, "");
});

test("what changes while a registration is under way is registered after it, once", async (t) => {
  const { block, chain, worker } = setUp(t);
  worker.provide(validator).isAvailable = true;
  const isThere = Promise.withResolvers<void>();
  let underWay = 0;
  const original = chain.submit.bind(chain);
  chain.submit = async (body) => {
    assert.equal(++underWay, 1, "two at once would be of one nonce");
    await isThere.promise;
    underWay--;
    return original(body);
  };
  await block();
  for (let i = 0; i < 3; i++) worker.changed();
  await turn();
  assert.equal(chain.sent.length, 0);
  isThere.resolve();
  await worker.registered;
  await turn();
  assert.equal(chain.sent.length, 2);
});

test("an owner that nobody knows is waited for", async (t) => {
  const { block, chain, warnings, worker } = setUp(t);
  worker.provide(validator).isAvailable = true;
  chain.isThereOwner = false;
  for (let i = 0; i < 2; i++) await block();
  assert.deepEqual(warnings, ["deferring registration: the owning entity does not exist"]);
  chain.isThereOwner = true;
  await block();
  await worker.registered;
});

test("an owner that forgets the node while an attempt is repeated is waited for", async (t) => {
  const { block, chain, worker } = setUp(t);
  worker.provide(validator).isAvailable = true;
  chain.failure = new Error("the mempool is full");
  await block();
  assert.match(worker.report().lastAttemptErrorMessage, /mempool/);
  chain.failure = undefined;
  chain.isOwned = false;
  t.mock.timers.tick(500);
  await turn();
  assert.equal(chain.sent.length, 0);
  chain.isOwned = true;
  await block();
  assert.equal(chain.sent.length, 1, "with the next block, not with the next epoch");
});

test("roles that need a runtime are not registered without one", async (t) => {
  const { block, chain, worker } = setUp(t);
  worker.provide(compute, () => []).isAvailable = true;
  await block();
  assert.equal(
    worker.report().lastAttemptErrorMessage,
    "registration: no runtimes provided while runtimes are required",
  );
  assert.equal(chain.sent.length, 0);
});

test("a validator registers addresses that others can reach, and not without any", async (t) => {
  const reachable = setUp(t);
  reachable.chain.allowsAnyAddress = false;
  reachable.worker.provide(validator).isAvailable = true;
  await reachable.block();
  assert.deepEqual(reachable.chain.sent[0]?.consensus.addresses, [defaults.consensusAddresses[1]]);
  assert.equal(reachable.warnings.length, 1);
});

test("a validator that nobody can reach says so", async (t) => {
  const { block, chain, worker } = setUp(t, { consensusAddresses: [addressOf("10.0.0.1:26656")] });
  chain.allowsAnyAddress = false;
  worker.provide(validator).isAvailable = true;
  await block();
  assert.equal(chain.sent.length, 0);
  assert.match(worker.report().lastAttemptErrorMessage, /node has no valid consensus addresses$/);
});

test("a node that leaves is gone when its registration has expired, also over a restart", async (t) => {
  const first = setUp(t);
  first.worker.provide(validator).isAvailable = true;
  await first.block();
  first.worker.deregister();
  first.chain.epoch = 2n;
  await first.block();
  assert.equal(first.chain.sent.length, 1, "no renewal");
  await first.block();
  const { expiration } = must(first.chain.sent[0]);
  assert.deepEqual(
    first.leaving,
    [1n, 2n].map((epoch) => [epoch, expiration]),
    "told once in each epoch",
  );
  assert.equal(first.isLeaving(), true);
  first.chain.epoch = 4n;
  await first.block();
  await first.worker.deregistered;
  assert.equal(first.isLeaving(), false);
});

test("after a restart it goes on leaving, but not before there is a block", async (t) => {
  const { block, chain, isLeaving, worker } = setUp(t, { isLeaving: true });
  worker.provide(validator).isAvailable = true;
  chain.lastHeight = 0;
  await block();
  assert.equal(isLeaving(), true);
  chain.lastHeight = 1;
  await block();
  await worker.deregistered;
  assert.deepEqual([isLeaving(), chain.sent.length], [false, 0]);
});
