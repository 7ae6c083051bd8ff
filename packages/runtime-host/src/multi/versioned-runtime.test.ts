import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { EMPTY, QueryRequest } from "@wadi/runtime-protocol";
import { version, type Namespace, type PublicKey } from "@wadi/types";
import type { RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { ScriptedRuntime } from "../testing/scripted-runtime.ts";
import { testRuntimeId } from "../testing/test-runtime.ts";
import { CompositeRuntime } from "./composite-runtime.ts";
import { LoadBalancedRuntime } from "./load-balancer.ts";
import { VersionedRuntime } from "./versioned-runtime.ts";

const [v1, v2, v3] = [version(1), version(2), version(3)];
const ronl = { kind: "ronl", name: "" };
const oracle = { kind: "rofl", name: "oracle" };
const query = create(QueryRequest, { method: "name" });

function watched(runtime: { watch(listener: (event: RuntimeEvent) => void): () => void }): string[] {
  const seen: string[] = [];
  runtime.watch((event) => seen.push("version" in event ? `${event.type} ${event.version.major}` : event.type));
  return seen;
}

async function askName(runtime: Pick<VersionedRuntime, "request">): Promise<string> {
  return new TextDecoder().decode((await runtime.request("RuntimeQueryRequest", query)).data);
}

test("the epoch's switch: the next version is warm, its start is told when it takes over", async () => {
  const versions = new VersionedRuntime(testRuntimeId);
  const [one, two] = [new ScriptedRuntime("one", v1), new ScriptedRuntime("two", v2)];
  const seen = watched(versions);
  versions.add(v1, one);
  versions.add(v2, two);
  versions.start();
  versions.set({ active: v1, next: v2 });
  await versions.settled();
  one.up();
  two.up();
  two.capabilityTee = { hardware: 1, rak: "ab".repeat(32) as PublicKey, rek: null, attestation: null };
  two.emit({ type: "updated", version: v2, capabilityTee: two.capabilityTee });
  assert.deepEqual(seen, ["configUpdated", "started 1"]);
  assert.equal(await askName(versions), "one");
  await versions.request("RuntimeConsensusSyncRequest", { height: 1n });
  assert.ok(two.calls.includes("RuntimeConsensusSyncRequest"), "the next version follows consensus");
  assert.ok(!two.calls.includes("RuntimeQueryRequest"));
  assert.equal(versions.runtimeOf(v2), two);

  const told: RuntimeEvent[] = [];
  versions.watch((event) => told.push(event));
  versions.set({ active: v2, next: undefined });
  await versions.settled();
  assert.deepEqual(one.calls.at(-1), "stop");
  assert.deepEqual(told, [{ type: "stopped" }, { type: "started", version: v2, capabilityTee: two.capabilityTee }]);
  assert.deepEqual(versions.activeVersion, v2);
  assert.equal(await askName(versions), "two");
  assert.ok(!versions.has(v1));
  assert.throws(() => versions.runtimeOf(v1), { message: "runtime/host/multi: no such version" });
  await versions[Symbol.asyncDispose]();
  assert.equal(versions.activeVersion, undefined);
  await assert.rejects(versions.abort(), { message: "runtime/host/multi: no active version" });
});

test("calls wait for an active version, up to their limits", async () => {
  const versions = new VersionedRuntime(testRuntimeId);
  versions.start();
  await assert.rejects(versions.request("RuntimePingRequest", EMPTY, { timeoutMs: 0 }), {
    message: "runtime/host/multi: no active version",
  });
  const aborter = new AbortController();
  const aborted = versions.request("RuntimePingRequest", EMPTY, { signal: aborter.signal });
  aborter.abort(new Error("enough"));
  await assert.rejects(aborted, { message: "enough" });
  const asked = askName(versions);
  versions.set({ active: v1, next: undefined });
  versions.add(v1, new ScriptedRuntime("late", v1));
  assert.equal(await asked, "late");
});

test("versions are added once, of the same runtime, and removed unless wanted", async () => {
  const versions = new VersionedRuntime(testRuntimeId);
  versions.add(v1, new ScriptedRuntime("one", v1));
  versions.add(v2, new ScriptedRuntime("two", v2));
  versions.add(v3, new ScriptedRuntime("three", v3));
  assert.throws(() => versions.add(v1, new ScriptedRuntime("one", v1)), /duplicate runtime version: 1.0.0/);
  const foreign = new ScriptedRuntime("x", v1, "00".repeat(32) as Namespace);
  assert.throws(() => versions.add(v1, foreign), /runtime mismatch/);
  versions.set({ active: v2, next: v3 });
  assert.throws(() => versions.remove(v2), /cannot remove active version '2.0.0'/);
  assert.throws(() => versions.remove(v3), /cannot remove next version '3.0.0'/);
  versions.prune(v2);
  assert.deepEqual(versions.versions, [v2, v3]);
  assert.throws(() => versions.remove(v1), /no such version/);
  await versions.settled();
});

test("a switch right after another leaves nothing running", async () => {
  const problems: string[] = [];
  const note = (message: string): void => void problems.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const versions = new VersionedRuntime(testRuntimeId, log);
  const runtimes = [v1, v2, v3].map((v) => new ScriptedRuntime(`version ${v.major}`, v));
  runtimes.forEach((runtime) => versions.add(runtime.version, runtime));
  versions.start();
  for (const active of [v1, v2, v3]) {
    versions.set({ active, next: undefined });
    versions.prune(active);
  }
  await versions.settled();
  assert.deepEqual(
    runtimes.map(({ calls }) => calls),
    [["start", "stop"], ["start", "stop"], ["start"]],
  );
  assert.deepEqual(versions.versions, [v3]);
  assert.deepEqual(problems, []);
});

test("ROFL components run their latest version beside RONL", async () => {
  const composite = new CompositeRuntime(testRuntimeId);
  const [logic, old, latest] = [
    new ScriptedRuntime("logic", v2),
    new ScriptedRuntime("old oracle", v1),
    new ScriptedRuntime("latest oracle", v3),
  ];
  composite.start();
  composite.add(oracle, v1, old);
  composite.add(ronl, v2, logic);
  await composite.settled();
  assert.deepEqual(old.calls, [], "not before RONL");
  composite.set({ active: v2, next: undefined });
  await composite.settled();
  assert.deepEqual([logic.calls, old.calls], [["start"], ["start"]]);
  composite.add(oracle, v3, latest);
  await composite.settled();
  assert.deepEqual([old.calls, latest.calls], [["start", "stop"], ["start"]]);

  assert.equal(await askName(composite), "logic");
  latest.failure = new Error("busy");
  await composite.request("RuntimeConsensusSyncRequest", { height: 1n });
  assert.ok(latest.calls.includes("RuntimeConsensusSyncRequest"), "its failure does not count");
  logic.failure = new Error("no");
  latest.calls.length = 0;
  await assert.rejects(composite.request("RuntimeConsensusSyncRequest", { height: 2n }), { message: "no" });
  assert.deepEqual(latest.calls, [], "RONL's error ends the call");

  await assert.rejects(composite.remove(ronl), { message: "RONL component cannot be removed" });
  await composite.remove(oracle);
  assert.deepEqual(latest.calls, ["stop"]);
  assert.deepEqual(composite.components, [ronl]);
  await composite[Symbol.asyncDispose]();
  assert.deepEqual(logic.calls.at(-1), "stop");
});

test("queries and checks go round the healthy instances, the rest to the first one", async () => {
  const instances = ["a", "b", "c"].map((name) => new ScriptedRuntime(name, v1));
  const [a, b, c] = instances as [ScriptedRuntime, ScriptedRuntime, ScriptedRuntime];
  const requested: number[] = [];
  const balancer = new LoadBalancedRuntime(instances, {
    requested: (instance) => requested.push(instance),
    healthyInstances: () => undefined,
  });
  balancer.start();
  balancer.start();
  assert.deepEqual(b.calls, ["start"]);
  await assert.rejects(balancer.request("RuntimeQueryRequest", query), {
    message: "host/loadbalance: no healthy instances available",
  });
  a.up();
  b.up();
  c.up();
  b.emit({ type: "failedToStart", error: new Error("no") });
  const names: string[] = [];
  for (let i = 0; i < 4; i++) names.push(await askName(balancer));
  assert.deepEqual(names, ["a", "c", "a", "c"]);
  assert.deepEqual(requested, [0, 2, 0, 2]);
  await balancer.request("RuntimePingRequest", EMPTY);
  assert.ok(a.calls.includes("RuntimePingRequest") && !c.calls.includes("RuntimePingRequest"));
  c.failure = new Error("no");
  await assert.rejects(balancer.request("RuntimeConsensusSyncRequest", { height: 1n }), { message: "no" });
  assert.ok(instances.every(({ calls }) => calls.includes("RuntimeConsensusSyncRequest")));
  await balancer.abort();
  await balancer[Symbol.asyncDispose]();
  assert.ok(instances.every(({ calls }) => calls.includes("abort") && calls.at(-1) === "stop"));
});
