import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { roothash, type governance } from "@wadi/types";
import { isError, type ErrorKind } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { MessageBus } from "../framework/messages.ts";
import { messages, taken } from "../message-kinds.ts";
import { parameterChanges } from "../parameter-changes.ts";
import { testContext } from "../testing/context.ts";
import { subscriptions } from "./messages.ts";
import { parameterRules } from "./parameters.ts";
import { parameters, pastRoundRoots, setParameters, setRuntimeState } from "./state.ts";
import { committeeOf, resultOf, runningOf, runtimeId, runtimeOf, storeParameters } from "./testing/round.ts";

type Proposal = governance.ChangeParametersProposal;

const changesOnly = new MessageBus();
for (const subscription of parameterChanges(parameterRules)) changesOnly.add(subscription);
const changeParameters = (ctx: Context, proposed: Proposal) =>
  changesOnly.publish(ctx, messages.changeParameters, proposed);
const validateParameterChanges = (ctx: Context, proposed: Proposal) =>
  changesOnly.publish(ctx, messages.validateParameterChanges, proposed);

function proposal(changes: Partial<roothash.ConsensusParameterChanges>, module = "roothash"): Proposal {
  const encoded = encodeCbor(roothash.ConsensusParameterChanges, create(roothash.ConsensusParameterChanges, changes));
  return { module, changes: encoded };
}

test("changes apply to what they name", () => {
  const ctx = testContext({ mode: "end-block" });
  storeParameters(ctx, { maxRuntimeMessages: 4 });
  const before = parameters(ctx.state);
  assert.equal(validateParameterChanges(ctx, proposal({ maxRuntimeMessages: 9 })), taken);
  assert.deepEqual(parameters(ctx.state), before);
  assert.equal(changeParameters(ctx, proposal({ maxRuntimeMessages: 9 })), taken);
  assert.deepEqual(parameters(ctx.state), { ...before, maxRuntimeMessages: 9 });
});

test("other modules, nothing to change, unknown members", () => {
  const ctx = testContext({ mode: "end-block" });
  storeParameters(ctx);
  assert.equal(validateParameterChanges(ctx, proposal({}, "staking")), undefined);
  assert.throws(() => validateParameterChanges(ctx, proposal({})), { module: "unknown", code: 1 });
  const unknown = { module: "roothash", changes: Uint8Array.of(0xa1, 0x61, 0x61, 0x01) };
  assert.throws(() => validateParameterChanges(ctx, unknown), { module: "unknown", code: 1 });
  assert.throws(() => validateParameterChanges(ctx, { module: "roothash", changes: null }), {
    module: "unknown",
    code: 1,
  });
});

test("debugging parameters in force refuse every change where they are not allowed", () => {
  const ctx = testContext({ mode: "end-block" });
  storeParameters(ctx, { debugBypassStake: true });
  assert.throws(() => validateParameterChanges(ctx, proposal({ maxEvidenceAge: 1n })), { module: "unknown", code: 1 });
});

test("fewer past roots: the oldest of every runtime go at once", () => {
  const ctx = testContext({ mode: "end-block" });
  storeParameters(ctx, { maxPastRootsStored: 10n });
  for (const number of [1, 2]) {
    const running = runningOf(runtimeOf(runtimeId(number)), committeeOf([], []));
    for (let round = 1n; round <= BigInt(3 * number); round++) {
      const header = { ...running.lastBlock.header, round, ioRoot: resultOf(String(round)) };
      setRuntimeState(ctx.state, { ...running, lastBlock: { header } });
    }
  }
  changeParameters(ctx, proposal({ maxPastRootsStored: 4n }));
  const rounds = (number: number): bigint[] => [...pastRoundRoots(ctx.state, runtimeId(number)).keys()];
  assert.deepEqual(rounds(1), [1n, 2n, 3n]);
  assert.deepEqual(rounds(2), [3n, 4n, 5n, 6n]);
  changeParameters(ctx, proposal({ maxPastRootsStored: 0n }));
  assert.deepEqual(rounds(2), []);
});

test("parameters are only set where the reference sets them", () => {
  const ctx = testContext({ mode: "deliver" });
  assert.throws(() => setParameters(ctx, roothash.ConsensusParameters.zero()), { name: "CorruptedStateError" });
});

test("descriptors may not ask for more messages than the parameters allow", () => {
  const ctx = testContext({ mode: "init-chain" });
  storeParameters(ctx, { maxRuntimeMessages: 8, maxInRuntimeMessages: 2 });
  const bus = new MessageBus();
  for (const subscription of subscriptions) bus.add(subscription);
  const deliver = testContext({ tree: ctx.state.tree, environment: { bus } });
  const runtime = runtimeOf(runtimeId(1));
  const update = (maxMessages: number, maxInMessages: number): void => {
    const executor = { ...runtime.executor, maxMessages };
    const txnScheduler = { ...runtime.txnScheduler, maxInMessages };
    deliver.publish(messages.runtimeUpdated, { ...runtime, executor, txnScheduler });
  };
  const requireRefused = (run: () => void, kind: ErrorKind): void => assert.throws(run, (e) => isError(e, kind));
  update(8, 2);
  requireRefused(() => update(9, 3), roothash.ErrMaxMessagesTooBig);
  requireRefused(() => update(8, 3), roothash.ErrMaxInMessagesTooBig);
});

test("every message of other applications that concerns roothash has a subscriber", () => {
  assert.deepEqual(
    subscriptions.map(({ kind }) => kind.name),
    [
      "registry/new runtime registered",
      "registry/runtime updated",
      "registry/runtime resumed",
      "roothash/runtime message noop",
      "scheduler/before schedule",
      "governance/change parameters",
      "governance/validate parameter changes",
    ],
  );
});
