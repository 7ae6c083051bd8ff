import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { genesis, node as nodeTypes, registry } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { exportGenesis, initChain } from "./genesis.ts";
import { node, nodeStatus, runtime, suspendedRuntime } from "./state.ts";
import {
  TestNetwork,
  VERSION,
  computeId,
  deployment,
  first,
  keyManagerId,
  noQuotes,
  parameters,
  runtimeOf,
  second,
  serving,
  signedEntity,
  signedNode,
  stranger,
} from "./testing/test-network.ts";

const deployments = [deployment(VERSION, 0n)];
const keyManager = runtimeOf({ id: keyManagerId, kind: registry.runtimeKinds.keyManager, deployments });
const compute = runtimeOf({ deployments });

function section(changes: Partial<registry.Genesis> = {}): registry.Genesis {
  const base = { params: parameters, entities: [signedEntity([first, second])] };
  return create(registry.Genesis, { ...base, ...changes });
}

/** A network whose state comes from the section, but for the parameters of other applications. */
function started(content: registry.Genesis, prepare?: (network: TestNetwork) => void): TestNetwork {
  const network = new TestNetwork();
  prepare?.(network);
  const ctx = network.context("init-chain", { environment: { committed: undefined } });
  initChain(ctx, { ...genesis.Document.zero(), registry: content }, noQuotes);
  return network;
}

test("what a state exports starts the same state again", () => {
  const status = { ...registry.NodeStatus.zero(), freezeEndTime: 5n };
  const content = section({
    runtimes: [compute, keyManager],
    nodes: [signedNode(first)],
    nodeStatuses: new Map([[first.id.publicKey, status]]),
  });
  const exported = exportGenesis(started(content).state);
  assert.deepEqual(exported.runtimes.map(({ id }) => id).toSorted(), [computeId, keyManagerId].toSorted());
  assert.deepEqual({ ...exported, runtimes: content.runtimes }, content);
  assert.deepEqual(exportGenesis(started(exported).state), exported);
});

test("only validators are exported", () => {
  const content = section({ runtimes: [compute], nodes: [signedNode(first, serving(computeId)), signedNode(second)] });
  const exported = exportGenesis(started(content).state);
  assert.deepEqual(exported.nodes, [signedNode(second)]);
  assert.deepEqual([...exported.nodeStatuses.keys()], [second.id.publicKey]);
});

test("a compute runtime may stand before its key manager", () => {
  const using = { ...compute, keyManager: keyManagerId };
  const network = started(section({ runtimes: [using, keyManager] }));
  assert.equal(runtime(network.state, computeId)?.keyManager, keyManagerId);
});

test("a node resumes a suspended runtime, even if it has expired", () => {
  const content = section({ suspendedRuntimes: [compute] });
  assert.ok(suspendedRuntime(started(content).state, computeId));
  const expired = signedNode(first, { ...serving(computeId), expiration: 0n });
  const network = started({ ...content, nodes: [expired] });
  assert.ok(runtime(network.state, computeId));
  assert.ok(node(network.state, first.id.publicKey));
  assert.equal(nodeStatus(network.state, first.id.publicKey)?.expirationProcessed, false);
});

test("refusals name the member", () => {
  const without = runtimeOf({ deployments: [] });
  const unsigned = { ...signedNode(first), signatures: [] };
  const refused: readonly (readonly [Partial<registry.Genesis>, string, string])[] = [
    [{ entities: [signedEntity([], stranger), signedEntity([first, first])] }, "registry.entities[1]", "registry/1"],
    [{ runtimes: [compute, without] }, "registry.runtimes[1]", "registry/1"],
    [{ suspendedRuntimes: [without] }, "registry.suspended_runtimes[0]", "registry/1"],
    [{ nodes: [signedNode(first), unsigned] }, "registry.nodes[1]", "registry/2"],
    [{ nodes: [signedNode(first, { roles: nodeTypes.roles.compute })] }, "registry.nodes[0]", "registry/1"],
  ];
  for (const [changes, path, code] of refused) {
    assert.throws(
      () => started(section(changes)),
      (e) => e instanceof WadiError && e.data?.["path"] === path && `${e.module}/${e.code}` === code,
      path,
    );
  }
});

test("stake must cover the registrations", () => {
  const poor = (network: TestNetwork): void => network.setEscrow(stranger.publicKey, 99n);
  assert.throws(() => started(section({ entities: [signedEntity([], stranger)] }), poor), /escrow does not cover/);
});

test("a document with runtimes cannot start where their registration is disabled", () => {
  const params = { ...parameters, disableRuntimeRegistration: true };
  assert.throws(() => started(section({ params, runtimes: [compute] })), /disabled/);
});
