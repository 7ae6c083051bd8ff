import assert from "node:assert/strict";
import { test } from "node:test";
import { quantity } from "@wadi/codec";
import type { Address } from "@wadi/crypto";
import { EPOCH_INVALID, events } from "@wadi/types";

import { testContext } from "../testing/context.ts";
import { limitedGas } from "./gas.ts";
import { stateKey } from "./state-key.ts";
import { cborValue } from "./state-value.ts";

const place = stateKey(0x51, "amount", {}, cborValue(quantity)).at();
const address = `00${"11".repeat(20)}` as Address;
const burn = events.eventKinds.stakingBurn;
const event = (amount: bigint): { owner: Address; amount: bigint } => ({ owner: address, amount });
const costs = new Map([["op", 10n]]);

test("a sub-transaction keeps state and events if it returns, drops both if it throws, and never gives gas back", () => {
  const ctx = testContext();
  ctx.setGas(limitedGas(100n));
  ctx.emit(burn, event(1n));
  const answer = ctx.atomically((inner) => {
    inner.state.set(place, 5n);
    inner.emit(burn, event(2n));
    inner.useGas(1, "op", costs);
    return "kept";
  });
  assert.equal(answer, "kept");
  const failing = (): never =>
    ctx.atomically((inner) => {
      inner.state.set(place, 6n);
      inner.emit(burn, event(3n));
      inner.useGas(1, "op", costs);
      throw new RangeError("dropped");
    });
  assert.throws(failing, /dropped/);
  assert.equal(ctx.state.get(place), 5n);
  assert.equal(ctx.events.length, 2);
  assert.equal(ctx.gas.used, 20n);
});

test("sub-transactions nest, and reads of the outer state do not see the inner one", () => {
  const ctx = testContext();
  ctx.atomically((outer) => {
    outer.state.set(place, 1n);
    outer.discarding((inner) => {
      inner.state.set(place, 2n);
      inner.emit(burn, event(1n));
      assert.equal(inner.state.get(place), 2n);
      assert.equal(outer.state.get(place), 1n);
    });
    outer.atomically((inner) => inner.state.set(place, 3n));
    assert.equal(outer.state.get(place), 3n);
    assert.equal(ctx.state.get(place), undefined);
  });
  assert.equal(ctx.state.get(place), 3n);
  assert.equal(ctx.events.length, 0);
});

test("a call in another name shares state and gas and hands its events over even if it throws", () => {
  const ctx = testContext();
  assert.throws(() => ctx.caller, /only available/);
  const failing = (): never =>
    ctx.asCaller(address, (inner) => {
      assert.equal(inner.caller, address);
      inner.state.set(place, 4n);
      inner.emit(burn, event(1n));
      throw new RangeError("after the event");
    });
  assert.throws(failing, /after the event/);
  assert.equal(ctx.state.get(place), 4n);
  assert.equal(ctx.events.length, 1);
});

test("a simulation shares the state and drops its events", () => {
  const ctx = testContext();
  ctx.simulating((inner) => {
    assert.ok(inner.isSimulation);
    inner.state.set(place, 4n);
    inner.emit(burn, event(1n));
  });
  assert.equal(ctx.state.get(place), 4n);
  assert.equal(ctx.events.length, 0);
});

test("depth counts contexts of every kind", () => {
  testContext().asCaller(address, (a) =>
    a.atomically((b) => b.discarding((c) => c.simulating((d) => assert.equal(d.callDepth, 4)))),
  );
});

test("gas of a child belongs to the child once it sets its own", () => {
  const ctx = testContext();
  ctx.setGas(limitedGas(100n));
  ctx.asCaller(address, (inner) => {
    inner.setGas(limitedGas(5n));
    assert.throws(() => inner.useGas(1, "op", costs), /out of gas/);
  });
  ctx.useGas(1, "op", costs);
  assert.equal(ctx.gas.used, 10n);
});

test("only this context's own events count as emitted here", () => {
  const ctx = testContext();
  ctx.emit(burn, event(1n));
  assert.ok(ctx.hasEvent(burn));
  assert.ok(!ctx.hasEvent(events.eventKinds.stakingTransfer));
  ctx.atomically((inner) => assert.ok(!inner.hasEvent(burn)));
});

test("epochs: none before the first commit, no change in the second block, then by comparison", () => {
  const first = testContext({ epoch: 7n, environment: { committed: undefined, lastHeight: 0 } });
  assert.equal(first.currentEpoch(), EPOCH_INVALID);
  assert.equal(first.blockEpoch(), 7n);
  assert.equal(first.epochChange(), undefined);
  assert.throws(() => first.lastBlockEpoch(), /no committed blocks/);
  assert.equal(testContext({ epoch: 7n, lastEpoch: 6n, lastHeight: 1 }).epochChange(), undefined);
  assert.equal(testContext({ epoch: 7n, lastEpoch: 6n, lastHeight: 2 }).epochChange(), 7n);
  assert.equal(testContext({ epoch: 7n, lastEpoch: 7n, lastHeight: 2 }).epochChange(), undefined);
});

test("an epoch scheduled for this height is the current one already", () => {
  const schedule = (height: number): bigint =>
    testContext({
      epoch: 7n,
      lastHeight: 10,
      environment: {
        timeSource: { epoch: () => 7n, futureEpoch: () => ({ epoch: 8n, height }), baseEpoch: () => 0n },
      },
    }).currentEpoch();
  assert.equal(schedule(11), 8n);
  assert.equal(schedule(12), 7n);
});
