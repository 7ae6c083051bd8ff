import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { node as nodeTypes, registry, roothash, type governance } from "@wadi/types";

import type { Context, ContextMode } from "../framework/context.ts";
import { MessageBus, type Subscription } from "../framework/messages.ts";
import { noDebugSwitches } from "../framework/ports.ts";
import { messages } from "../message-kinds.ts";
import { subscriptions } from "./messages.ts";
import { parameters, runtime } from "./state.ts";
import { TestNetwork, computeId, owner, runtimeOf } from "./testing/test-network.ts";

type Changes = Partial<registry.ConsensusParameterChanges>;

function proposal(changes: Changes, module = "registry"): governance.ChangeParametersProposal {
  const schema = registry.ConsensusParameterChanges;
  return { module, changes: encodeCbor(schema, create(schema, changes)) };
}

/** What subscribers of the registry answer. */
function publish(ctx: Context, kind: Subscription["kind"], data: unknown): unknown {
  const bus = new MessageBus();
  for (const subscription of subscriptions) bus.add(subscription);
  return bus.publish(ctx, kind, data);
}

const validate = (on: TestNetwork, data: governance.ChangeParametersProposal, mode: ContextMode = "deliver"): unknown =>
  publish(on.context(mode), messages.validateParameterChanges as Subscription["kind"], data);

test("changes of other modules are not for the registry", () => {
  assert.equal(validate(new TestNetwork(), proposal({ maxNodeExpiration: 9n }, "staking")), undefined);
});

test("valid changes are applied in EndBlock only", () => {
  const on = new TestNetwork();
  const changes = proposal({ maxNodeExpiration: 9n, maxRuntimeDeployments: 4 });
  assert.notEqual(validate(on, changes), undefined);
  assert.equal(parameters(on.state).maxNodeExpiration, 5n, "only validated");
  publish(on.context("end-block"), messages.changeParameters as Subscription["kind"], changes);
  assert.equal(parameters(on.state).maxNodeExpiration, 9n);
  assert.equal(parameters(on.state).maxRuntimeDeployments, 4);
});

test("refused changes", () => {
  const on = new TestNetwork();
  const policy = { ias: null, pcs: { ...emptyPolicy(), fmspcWhitelist: ["000000000000"] } };
  const sgx = { ...nodeTypes.TEEFeatures.zero().sgx, defaultPolicy: policy };
  const whitelisting = proposal({ teeFeatures: { sgx, freshnessProofs: false } });
  assert.throws(() => validate(on, proposal({})), /should not be empty/);
  // The reference forgets it when it looks for changes.
  assert.throws(() => validate(on, proposal({ maxRuntimeDeployments: 4 })), /should not be empty/);
  assert.throws(() => validate(on, proposal({ maxNodeExpiration: 0n })), /max_node_expiration/);
  assert.throws(() => validate(on, { module: "registry", changes: Uint8Array.of(0xa1, 0x61, 0x78, 0) }), /x/);
  assert.notEqual(validate(on, whitelisting), undefined, "from 26.1");
  on.setOldFeatures();
  assert.throws(() => validate(on, whitelisting), /whitelist/);
  on.setParameters({ debugDeployImmediately: true });
  assert.throws(() => validate(on, proposal({ maxNodeExpiration: 9n })), /debug/);
  const ctx = on.context("deliver", { environment: { debug: { ...noDebugSwitches, dontBlameOasis: true } } });
  const kind = messages.validateParameterChanges as Subscription["kind"];
  assert.notEqual(publish(ctx, kind, proposal({ maxNodeExpiration: 9n })), undefined, "a debugging network");
});

function emptyPolicy(): NonNullable<NonNullable<nodeTypes.TEEFeatures["sgx"]["defaultPolicy"]>["pcs"]> {
  return {
    disabled: false,
    tcbValidityPeriod: 30,
    minTcbEvaluationDataNumber: 1,
    fmspcWhitelist: [],
    fmspcBlacklist: [],
    tdx: null,
  };
}

test("a runtime message registers in the caller's name and answers the descriptor", () => {
  const on = new TestNetwork();
  const send = (ctx: Context, updateRuntime: registry.Runtime | null): Uint8Array => {
    const message = create(roothash.RegistryMessage, { updateRuntime });
    const kind = messages.runtimeRegistry as Subscription["kind"];
    return publish(ctx, kind, { message, fromRuntime: true }) as Uint8Array;
  };
  const simulated = on.run(owner, (ctx) => assert.deepEqual(send(ctx, runtimeOf()), Uint8Array.of(0xf6)), "simulate");
  assert.deepEqual(simulated, { code: "ok", gas: 1003n, events: [] });
  const { code } = on.run(owner, (ctx) => {
    assert.deepEqual(decodeCbor(registry.Runtime, send(ctx, runtimeOf())), runtimeOf());
  });
  assert.equal(code, "ok");
  assert.ok(runtime(on.state, computeId));
  assert.equal(on.run(owner, (ctx) => void send(ctx, null)).code, "registry/1");
});
