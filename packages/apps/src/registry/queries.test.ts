import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOfKey } from "@wadi/comet-types";
import { registry } from "@wadi/types";
import { fromHex, isError } from "@wadi/util";

import { keys as beaconKeys } from "../beacon/keys.ts";
import * as queries from "./queries.ts";
import { setNode, setNodeStatus, setRuntime } from "./state.ts";
import { TestNetwork, computeId, first, nodeOf, owner, runtimeOf, second, signedNode } from "./testing/test-network.ts";

/** The first node expires after epoch 3, the second one after epoch 9. */
function network(epoch: bigint): TestNetwork {
  const made = new TestNetwork();
  setNode(made.state, undefined, nodeOf(first), signedNode(first));
  const later = { expiration: 9n };
  setNode(made.state, undefined, nodeOf(second, later), signedNode(second, later));
  setNodeStatus(made.state, first.id.publicKey, registry.NodeStatus.zero());
  made.state.set(beaconKeys.epoch.at(), { epoch, height: 1 });
  return made;
}

const id = first.id.publicKey;
const isNoNode = (e: unknown): boolean => isError(e, registry.ErrNoSuchNode);

test("expired nodes are hidden from some queries", () => {
  assert.equal(queries.node(network(3n).state, id).id, id);
  const { state } = network(4n);
  assert.throws(() => queries.node(state, id), isNoNode);
  assert.deepEqual(
    queries.nodes(state).map((found) => found.id),
    [second.id.publicKey],
  );
  const address = fromHex(addressOfKey(first.consensus.publicKey));
  assert.equal(queries.nodeByConsensusAddress(state, address).id, id);
  assert.equal(queries.nodeStatus(state, id).freezeEndTime, 0n);
});

test("what is not there is refused", () => {
  const { state } = new TestNetwork();
  assert.throws(() => queries.nodeStatus(state, id), isNoNode);
  for (const address of [null, new Uint8Array(0), new Uint8Array(19), new Uint8Array(21)]) {
    assert.throws(() => queries.nodeByConsensusAddress(state, address), isNoNode);
  }
  assert.throws(
    () => queries.entity(state, owner.publicKey),
    (e) => isError(e, registry.ErrNoSuchEntity),
  );
});

test("suspended runtimes are shown on request", () => {
  const { state } = new TestNetwork();
  setRuntime(state, runtimeOf(), true);
  assert.deepEqual(queries.runtime(state, computeId, true), runtimeOf());
  assert.throws(
    () => queries.runtime(state, computeId, false),
    (e) => isError(e, registry.ErrNoSuchRuntime),
  );
  assert.deepEqual(queries.runtimes(state, false), []);
  assert.deepEqual(queries.runtimes(state, true), [runtimeOf()]);
});
