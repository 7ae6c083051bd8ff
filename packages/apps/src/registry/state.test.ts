import assert from "node:assert/strict";
import { test } from "node:test";
import { packedEntries } from "@wadi/mkvs";
import { registry, type Namespace } from "@wadi/types";
import { isError } from "@wadi/util";

import { keys } from "./keys.ts";
import {
  anyRuntime,
  nodeByConsensusKey,
  nodeBySubKey,
  nodes,
  nodesOfEntity,
  removeNode,
  resumeRuntime,
  runtime,
  setNode,
  setRuntime,
  suspendRuntime,
  suspendedRuntime,
} from "./state.ts";
import {
  TestNetwork,
  computeId,
  first,
  nodeOf,
  owner,
  runtimeOf,
  second,
  signedNode,
  type NodeKeys,
} from "./testing/test-network.ts";

function stored(network: TestNetwork, of: NodeKeys): void {
  setNode(network.state, undefined, nodeOf(of), signedNode(of));
}

test("a node is found by each of its keys", () => {
  const { state } = new TestNetwork();
  setNode(state, undefined, nodeOf(first), signedNode(first));
  for (const key of [first.consensus, first.p2p, first.vrf, first.tls]) {
    assert.equal(nodeBySubKey(state, key.publicKey)?.id, first.id.publicKey);
  }
  assert.equal(nodeBySubKey(state, first.id.publicKey), undefined);
  assert.equal(nodeByConsensusKey(state, first.consensus.publicKey)?.id, first.id.publicKey);
});

test("nodes are in order of their IDs", () => {
  const network = new TestNetwork();
  stored(network, first);
  stored(network, second);
  const expected = [first.id.publicKey, second.id.publicKey].toSorted();
  assert.deepEqual(
    nodes(network.state).map(({ id }) => id),
    expected,
  );
  assert.deepEqual(
    nodesOfEntity(network.state, owner.publicKey).map(({ id }) => id),
    expected,
  );
});

test("removing a node leaves nothing of it", () => {
  const network = new TestNetwork();
  const before = [...packedEntries(network.tree)];
  stored(network, first);
  network.state.set(keys.nodeStatuses.at({ node: first.id.publicKey }), registry.NodeStatus.zero());
  removeNode(network.state, nodeOf(first));
  assert.deepEqual([...packedEntries(network.tree)], before);
});

test("a key that moves from a later to an earlier slot is lost from the index", () => {
  const { state } = new TestNetwork();
  const previous = nodeOf(first);
  setNode(state, undefined, previous, signedNode(first));
  const tls = { pubKey: second.tls.publicKey };
  const changes = { tls, vrf: { id: first.tls.publicKey } };
  setNode(state, previous, nodeOf(first, changes), signedNode(first, changes));
  // Written for the VRF slot, then removed as the old key of the TLS slot.
  assert.equal(nodeBySubKey(state, first.tls.publicKey), undefined);
  assert.equal(nodeBySubKey(state, first.vrf.publicKey), undefined);
  assert.equal(nodeBySubKey(state, second.tls.publicKey)?.id, first.id.publicKey);
});

test("a suspended runtime keeps its bytes and is found where suspended ones count", () => {
  const network = new TestNetwork();
  const { state } = network;
  setRuntime(state, runtimeOf(), false);
  const ctx = network.context("begin-block");
  suspendRuntime(ctx, computeId);
  assert.equal(ctx.events.length, 1);
  assert.equal(runtime(state, computeId), undefined);
  assert.deepEqual(suspendedRuntime(state, computeId), runtimeOf());
  assert.deepEqual(anyRuntime(state, computeId), runtimeOf());
  assert.equal(resumeRuntime(state, computeId), true);
  assert.equal(resumeRuntime(state, computeId), false);
  assert.deepEqual(runtime(state, computeId), runtimeOf());
});

test("only active runtimes can be suspended", () => {
  const ctx = new TestNetwork().context("begin-block");
  const absent = "ab".repeat(32) as Namespace;
  assert.throws(
    () => suspendRuntime(ctx, absent),
    (e) => isError(e, registry.ErrNoSuchRuntime),
  );
});
