import assert from "node:assert/strict";
import { test } from "node:test";
import { registry } from "@wadi/types";

import { toAbciEvents } from "../framework/block.ts";
import { beginBlock } from "./block.ts";
import { FREEZE_FOREVER } from "./node-status.ts";
import { node, nodeStatus } from "./state.ts";
import { TestNetwork, first, noQuotes, owner, second, signedEntity, signedNode } from "./testing/test-network.ts";
import { registerEntity } from "./transactions/entities.ts";
import { registerNode } from "./transactions/nodes.ts";

/** Both nodes expire after epoch 3; debonding takes one epoch. */
function network(): TestNetwork {
  const made = new TestNetwork();
  made.run(owner, (ctx) => registerEntity(ctx, signedEntity([first, second])));
  for (const one of [first, second]) made.run(one.id, (ctx) => registerNode(ctx, signedNode(one), noQuotes));
  return made;
}

/** Keys of the events of a block that begins an epoch. */
function enter(on: TestNetwork, epoch: bigint): string[] {
  const ctx = on.context("begin-block", { epoch, lastEpoch: epoch - 1n });
  beginBlock(ctx);
  return toAbciEvents(ctx.events).flatMap(({ attributes }) => attributes.map(({ key }) => key));
}

const id = first.id.publicKey;

test("nothing happens within an epoch", () => {
  const ctx = network().context("begin-block", { epoch: 9n, lastEpoch: 9n });
  beginBlock(ctx);
  assert.deepEqual(ctx.events, []);
});

test("expired nodes are announced once and removed after the debonding interval", () => {
  const on = network();
  assert.deepEqual(enter(on, 3n), ["node_list_epoch"], "still valid");
  assert.deepEqual(enter(on, 4n), ["node", "node", "node_list_epoch"]);
  assert.equal(nodeStatus(on.state, id)?.expirationProcessed, true);
  assert.ok(node(on.state, id), "kept while debonding");
  assert.deepEqual(enter(on, 5n), ["node_list_epoch"]);
  assert.equal(node(on.state, id), undefined);
  assert.equal(nodeStatus(on.state, id), undefined);
  assert.deepEqual([...on.claims(owner.publicKey).keys()], [registry.STAKE_CLAIM_REGISTER_ENTITY]);
});

test("a debonding interval without end keeps nodes forever", () => {
  const on = network();
  on.setStaking({ debondingInterval: FREEZE_FOREVER - 2n });
  assert.deepEqual(enter(on, FREEZE_FOREVER), ["node", "node", "node_list_epoch"]);
  assert.ok(node(on.state, id));
});

test("where stake is bypassed no claims are looked for", () => {
  const on = network();
  on.setStaking({ debugBypassStake: true, debondingInterval: 0n });
  const before = on.claims(owner.publicKey).size;
  enter(on, 9n);
  assert.equal(node(on.state, id), undefined);
  assert.equal(on.claims(owner.publicKey).size, before);
});
