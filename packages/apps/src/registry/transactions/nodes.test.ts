import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { hashRak, testNamespace } from "@wadi/crypto";
import { EPOCH_INVALID, node as nodeTypes, registry, sgx, staking } from "@wadi/types";

import { FREEZE_FOREVER } from "../node-status.ts";
import {
  node,
  nodeBySubKey,
  nodeStatus,
  runtime,
  setNodeStatus,
  setRuntime,
  suspendRuntime,
  suspendedRuntime,
} from "../state.ts";
import {
  TestNetwork,
  VERSION,
  computeId,
  deployment,
  first,
  keyManagerId,
  noQuotes,
  owner,
  runtimeOf,
  second,
  serving,
  signedEntity,
  signedNode,
  stranger,
  type NodeKeys,
  type Outcome,
} from "../testing/test-network.ts";
import { registerEntity } from "./entities.ts";
import { registerNode, unfreezeNode } from "./nodes.ts";

type Changes = Partial<nodeTypes.Node>;
const { roles } = nodeTypes;

/** With the owner's entity, a compute runtime and a key manager. */
function network(): TestNetwork {
  const made = new TestNetwork();
  made.run(owner, (ctx) => registerEntity(ctx, signedEntity([first, second])));
  setRuntime(made.state, runtimeOf({ deployments: [deployment(VERSION, 0n)] }), false);
  const keyManager = { id: keyManagerId, kind: registry.runtimeKinds.keyManager };
  setRuntime(made.state, runtimeOf({ ...keyManager, deployments: [deployment(VERSION, 0n)] }), false);
  return made;
}

const register = (on: TestNetwork, changes: Changes = {}, of: NodeKeys = first, signer = of.id): Outcome =>
  on.run(signer, (ctx) => registerNode(ctx, signedNode(of, changes), noQuotes));

const claim = registry.stakeClaimForNode(first.id.publicKey);

test("a validator is registered with its claim and is not eligible yet", () => {
  const on = network();
  assert.deepEqual(register(on), { code: "ok", gas: 0n, events: ["node"] });
  assert.equal(node(on.state, first.id.publicKey)?.expiration, 3n);
  const status = { ...registry.NodeStatus.zero(), electionEligibleAfter: EPOCH_INVALID };
  assert.deepEqual(nodeStatus(on.state, first.id.publicKey), status);
  const threshold = registry.globalThreshold(staking.thresholdKinds.nodeValidator);
  assert.deepEqual(on.claims(owner.publicKey).get(claim), [threshold]);
});

test("a node that needs no stake has a claim without thresholds", () => {
  const on = network();
  on.setOldFeatures();
  assert.equal(register(on, { roles: roles.observer }).code, "ok");
  assert.equal(on.claims(owner.publicKey).get(claim), null);
});

test("each runtime costs for each epoch that was not paid yet", () => {
  const on = network();
  const both = { ...serving(computeId, keyManagerId), roles: roles.compute | roles.keyManager };
  assert.equal(register(on, both).gas, 2n * 2n * 7n, "two epochs from now");
  assert.equal(register(on, { ...both, expiration: 6n }).gas, 2n * 3n * 7n, "three more");
  assert.equal(register(on, { ...both, expiration: 4n }).gas, 0n, "less than before");
  on.epoch = 9n;
  assert.equal(register(on, { ...both, expiration: 10n }).gas, 2n * 7n, "expired: from now");
});

test("more epochs than the multiplier holds stop the block", () => {
  const on = network();
  on.setParameters({ maxNodeExpiration: 0n });
  const forever = { ...serving(computeId), expiration: FREEZE_FOREVER };
  assert.throws(() => register(on, forever), RangeError);
});

test("refused registrations of nodes", () => {
  const on = network();
  const serves = serving(computeId);
  const refused: readonly (readonly [string, Changes, string])[] = [
    ["unknown entity", { entityId: stranger.publicKey }, "registry/9"],
    ["no roles", { roles: 0 }, "registry/1"],
    ["expires too late", { expiration: 7n }, "registry/1"],
    ["expires at once", { expiration: 1n }, "registry/13"],
    ["no runtime", { roles: roles.compute }, "registry/1"],
    ["observer without runtime", { roles: roles.observer }, "registry/1"],
    ["unknown runtime", serving(testNamespace("wadi registry: unknown")), "registry/11"],
    ["wrong role for the runtime", { ...serves, roles: roles.keyManager }, "registry/1"],
    ["keys not distinct", { vrf: { id: first.tls.publicKey } }, "registry/1"],
  ];
  for (const [what, changes, code] of refused) assert.equal(register(on, changes).code, code, what);
  assert.equal(register(on, {}, first, owner).code, "registry/12", "not signed by the node");
  const blob = { untrustedRawValue: Uint8Array.of(0xff), signatures: [] };
  assert.equal(on.run(first.id, (ctx) => registerNode(ctx, blob, noQuotes)).code, "registry/1", "malformed");
  const unsigned = { ...signedNode(first), signatures: null };
  assert.equal(on.run(first.id, (ctx) => registerNode(ctx, unsigned, noQuotes)).code, "registry/2", "unsigned");
  on.setEscrow(owner.publicKey, 199n);
  assert.deepEqual(register(on, serves), { code: "staking/4", gas: 14n, events: [] });
  assert.equal(node(on.state, first.id.publicKey), undefined);
});

test("before 26.1 observers needed no runtime", () => {
  const on = network();
  on.setOldFeatures();
  assert.equal(register(on, { roles: roles.observer }).code, "ok");
});

test("CheckTx lets everything pass, simulation executes everything", () => {
  const on = network();
  const body = (ctx: Parameters<typeof registerNode>[0]): void => registerNode(ctx, signedNode(second), noQuotes);
  assert.deepEqual(on.run(stranger, body, "check"), { code: "ok", gas: 0n, events: [] });
  assert.equal(on.run(stranger, body, "simulate").code, "registry/12");
  assert.deepEqual(on.run(second.id, body, "simulate").events, ["node"]);
});

test("admission by entity, with a number of nodes for each role", () => {
  const on = network();
  const admitting = (maxNodes: ReadonlyMap<number, number>): void => {
    const entities = new Map([[owner.publicKey, { maxNodes }]]);
    const admissionPolicy = { anyNode: null, entityWhitelist: { entities }, perRole: null };
    setRuntime(on.state, runtimeOf({ admissionPolicy, deployments: [deployment(VERSION, 0n)] }), false);
  };
  admitting(new Map([[roles.observer, 1]]));
  assert.equal(register(on, serving(computeId)).code, "registry/16", "role not listed");
  admitting(new Map([[roles.compute, 1]]));
  assert.equal(register(on, serving(computeId)).code, "ok");
  assert.equal(register(on, serving(computeId)).code, "ok", "renewal");
  assert.equal(register(on, serving(computeId), second).code, "registry/16", "second node");
  on.epoch = 4n;
  const later = { ...serving(computeId), expiration: 6n };
  assert.equal(register(on, later, second).code, "ok", "the first has expired");
});

test("what a renewal may change", () => {
  const on = network();
  const both = { ...serving(computeId), roles: roles.compute | roles.validator };
  register(on, both);
  assert.equal(register(on, { ...both, roles: roles.compute }).code, "ok", "some roles dropped");
  register(on, both);
  assert.equal(register(on, {}).code, "registry/17", "runtime dropped");
  const consensus = { id: second.consensus.publicKey, addresses: null };
  const moved: NodeKeys = { ...first, consensus: second.consensus };
  assert.equal(register(on, { ...both, roles: roles.compute, consensus }, moved).code, "registry/17", "consensus key");
  on.epoch = 4n;
  assert.equal(register(on, { expiration: 6n }).code, "ok", "all of that after it expired");
});

test("keys of another node are refused", () => {
  const on = network();
  register(on);
  assert.equal(register(on, { vrf: { id: first.p2p.publicKey } }, { ...second, vrf: first.p2p }).code, "registry/1");
  assert.equal(nodeBySubKey(on.state, first.p2p.publicKey)?.id, first.id.publicKey);
});

test("a new VRF key of a live node costs its eligibility with the VRF backend from 26.1", () => {
  const on = network();
  const id = first.id.publicKey;
  const eligible = { ...registry.NodeStatus.zero(), electionEligibleAfter: 2n };
  const renew = (of: NodeKeys): bigint | undefined => {
    setNodeStatus(on.state, id, eligible);
    assert.equal(register(on, { vrf: { id: of.vrf.publicKey } }, { ...first, vrf: of.vrf }).code, "ok");
    return nodeStatus(on.state, id)?.electionEligibleAfter;
  };
  register(on);
  assert.equal(renew(first), 2n);
  assert.equal(renew(second), EPOCH_INVALID);
  on.setOldFeatures();
  assert.equal(renew(first), 2n);
});

test("an expired node that comes back keeps what was held against it", () => {
  const on = network();
  register(on);
  const faults = new Map([[computeId, { failures: 2, suspendedUntil: 9n }]]);
  const held = { expirationProcessed: true, freezeEndTime: 7n, electionEligibleAfter: 2n, faults };
  setNodeStatus(on.state, first.id.publicKey, held);
  on.epoch = 4n;
  register(on, { expiration: 6n });
  const expected = { ...held, expirationProcessed: false, electionEligibleAfter: EPOCH_INVALID };
  assert.deepEqual(nodeStatus(on.state, first.id.publicKey), expected);
});

test("a node resumes the suspended runtimes that it serves, if they are staked for", () => {
  const on = network();
  suspendRuntime(on.context("begin-block"), computeId);
  on.run(owner, (ctx) => registerEntity(ctx, signedEntity([first, second])));
  on.setEscrow(owner.publicKey, 200n);
  assert.deepEqual(register(on, serving(computeId)).events, ["runtime_started", "node"]);
  assert.deepEqual(on.published, ["resumed"]);
  assert.ok(runtime(on.state, computeId));
});

test("a runtime whose own account lacks stake stays suspended", () => {
  const on = network();
  const descriptor = runtimeOf({ entityId: stranger.publicKey, deployments: [deployment(VERSION, 0n)] });
  on.run(stranger, (ctx) => registerEntity(ctx, signedEntity([], stranger)));
  setRuntime(on.state, descriptor, false);
  suspendRuntime(on.context("begin-block"), computeId);
  on.setEscrow(stranger.publicKey, 99n);
  assert.deepEqual(register(on, serving(computeId)).events, ["node"]);
  assert.ok(suspendedRuntime(on.state, computeId));
  on.setStaking({ debugBypassStake: true });
  assert.deepEqual(register(on, serving(computeId)).events, ["runtime_started", "node"]);
});

test("attestations are verified at the time and height of the block", () => {
  const on = network();
  const identity = sgx.enclaveIdentityFromHex("11".repeat(32) + "22".repeat(32));
  const constraints = { v: 1, enclaves: [identity], policy: null, maxAttestationAge: 0n };
  const tee = encodeCbor(nodeTypes.SGXConstraints, constraints);
  const deployments = [{ ...deployment(VERSION, 0n), tee }];
  setRuntime(on.state, runtimeOf({ teeHardware: 1, deployments }), false);
  const features = { ...nodeTypes.TEEFeatures.zero(), sgx: { ...nodeTypes.TEEFeatures.zero().sgx, pcs: true } };
  on.setParameters({ teeFeatures: features });

  const rak = second.tls.publicKey;
  const quote = { ias: { body: null, certificateChain: null, signature: null }, pcs: null };
  const attestation = { v: 1, quote, height: 0n, signature: new Uint8Array(64) };
  const capability = { hardware: 1, rak, rek: null, attestation: encodeCbor(nodeTypes.SGXAttestation, attestation) };
  const entry = { id: computeId, version: VERSION, capabilities: { tee: capability }, extraInfo: null };
  const signed = signedNode(first, { ...serving(computeId), runtimes: [entry] });
  const seen: bigint[] = [];
  const run = (reportData: Uint8Array): string => {
    const verifyQuote = (_quote: unknown, _policy: unknown, unixNanos: bigint) => {
      seen.push(unixNanos);
      return { identity, reportData };
    };
    return on.run(first.id, (ctx) => registerNode(ctx, signed, { verifyQuote })).code;
  };
  assert.equal(run(new Uint8Array(64)), "unknown/1", "another key is bound");
  const bound = new Uint8Array(64);
  bound.set(hashRak(rak));
  assert.equal(run(bound), "ok");
  assert.deepEqual(seen, [1_580_461_674_000_000_000n, 1_580_461_674_000_000_000n]);
  assert.equal(register(on, serving(computeId)).code, "registry/8", "without a capability");
});

test("unfreezing", () => {
  const on = network();
  const id = first.id.publicKey;
  const unfreeze = (signer = owner): Outcome => on.run(signer, (ctx) => unfreezeNode(ctx, { nodeId: id }));
  assert.equal(unfreeze().code, "registry/10", "unknown");
  register(on);
  assert.equal(unfreeze(first.id).code, "registry/3", "only its entity");
  assert.equal(unfreeze().code, "ok", "although it is not frozen");
  setNodeStatus(on.state, id, { ...registry.NodeStatus.zero(), freezeEndTime: 2n });
  assert.equal(unfreeze().code, "registry/14", "too early");
  on.epoch = 2n;
  assert.deepEqual(unfreeze(), { code: "ok", gas: 1002n, events: ["node_unfrozen"] });
  assert.equal(nodeStatus(on.state, id)?.freezeEndTime, 0n);
});
