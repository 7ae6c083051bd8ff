import assert from "node:assert/strict";
import { test } from "node:test";
import { beaconApp, registryApp } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { create } from "@wadi/codec";
import { beacon, formatVersion, genesis, registry, version, type Namespace } from "@wadi/types";

import { DeployedVersions } from "./deployed-versions.ts";
import { testRuntimeId } from "./testing/test-block.ts";

const otherId = `80${"00".repeat(30)}02` as Namespace;

function runtimeOf(id: Namespace, deployments: readonly (readonly [minor: number, validFrom: bigint])[]) {
  return create(registry.Runtime, {
    id,
    deployments: deployments.map(([minor, validFrom]) => ({
      version: version(0, minor, 0),
      validFrom,
      tee: null,
      bundleChecksum: new Uint8Array(0),
    })),
  });
}

/** Versions as they are set, after what the chain says of a runtime. */
function setUp(isCompute = true) {
  const context = testContext({ mode: "init-chain" });
  const { state } = context;
  const chain = {
    lastHeight: 1,
    stateAt: () => state,
    enter: (epoch: bigint) => beaconApp.setEpoch(state, { epoch, height: 1 }),
    register: (runtime: registry.Runtime) => registryApp.setRuntime(state, runtime, false),
  };
  beaconApp.setParameters(context, { ...beacon.ConsensusParameters.zero(), backend: "insecure" });
  chain.enter(1n);
  const set: string[] = [];
  const versions = new DeployedVersions(
    { backend: { document: genesis.Document.zero(), isSynced: true, machine: chain } },
    {
      runtimeId: testRuntimeId,
      set: ({ active, next }) => {
        set.push([active, next].map((one) => (one === undefined ? "-" : formatVersion(one))).join(" "));
      },
      get ronl(): never {
        return assert.fail("it is asked for registrations only");
      },
    },
    { isCompute, preWarmEpochs: 1n },
  );
  return { chain, set, versions };
}

const started = (runtime: registry.Runtime): registry.Event => create(registry.Event, { runtimeStarted: { runtime } });

test("before the runtime is registered nothing is set, and then at the next block", () => {
  const { chain, set, versions } = setUp();
  versions.update();
  assert.deepEqual(set, []);
  chain.register(runtimeOf(testRuntimeId, [[0, 0n]]));
  versions.update();
  assert.deepEqual(set, ["0.0.0 -"]);
});

test("versions change with epochs and with the runtime's descriptor, and at no other block", () => {
  const { chain, set, versions } = setUp();
  chain.register(runtimeOf(testRuntimeId, [[0, 0n]]));
  versions.update();
  versions.update();
  assert.deepEqual(set.splice(0), ["0.0.0 -"]);

  const changed = runtimeOf(testRuntimeId, [
    [0, 0n],
    [1, 3n],
  ]);
  chain.register(changed);
  versions.update([started(runtimeOf(otherId, []))]);
  assert.deepEqual(set.splice(0), [], "the event is of another runtime");
  versions.update([started(changed)]);
  assert.deepEqual(set.splice(0), ["0.0.0 -"], "it is too early for the next one");

  chain.enter(2n);
  versions.update();
  versions.update();
  assert.deepEqual(set.splice(0), ["0.0.0 0.1.0"], "it is made ready an epoch ahead");
  chain.enter(3n);
  versions.update();
  assert.deepEqual(set.splice(0), ["0.1.0 -"]);
});

test("who does not execute has no version ready ahead", () => {
  const { chain, set, versions } = setUp(false);
  chain.register(
    runtimeOf(testRuntimeId, [
      [0, 0n],
      [1, 2n],
    ]),
  );
  versions.update();
  assert.deepEqual(set, ["0.0.0 -"]);
});
