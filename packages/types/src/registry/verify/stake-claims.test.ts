import assert from "node:assert/strict";
import { test } from "node:test";

import { runtimeAddress, stakingAddress } from "@wadi/crypto";

import { keys, nodeDescriptor, runtimeIds, text } from "../../genesis/sanity/testing/fixture.ts";
import type { Namespace } from "../../scalars/namespace.ts";
import type { StakeThreshold } from "../../staking/account.ts";
import { thresholdKinds } from "../../staking/kinds.ts";
import { governanceModels, runtimeKinds } from "../kinds.ts";
import { Runtime } from "../runtime.ts";
import {
  runtimeStakingAddress,
  stakeClaimForNode,
  stakeClaimForRuntime,
  stakeThresholdsForEntity,
  stakeThresholdsForNode,
  stakeThresholdsForRuntime,
} from "./stake-claims.ts";

const global = (kind: number): StakeThreshold => ({ global: kind, const: null });
const constant = (amount: bigint): StakeThreshold => ({ global: null, const: amount });

test("names of claims", () => {
  assert.equal(stakeClaimForNode(keys.node.publicKey), `registry.RegisterNode.${text(keys.node)}`);
  assert.equal(stakeClaimForRuntime(runtimeIds.test), `registry.RegisterRuntime.${runtimeIds.test}`);
});

test("a node claims per role and distinct runtime, with the runtime's own amounts behind", () => {
  const first: Runtime = {
    ...Runtime.zero(),
    id: runtimeIds.compute,
    staking: {
      ...Runtime.zero().staking,
      thresholds: new Map([
        [thresholdKinds.nodeCompute, 7n],
        [thresholdKinds.nodeObserver, 0n],
      ]),
    },
  };
  const second: Runtime = { ...Runtime.zero(), id: runtimeIds.suspended };
  const entry = (id: string, major: number): NonNullable<ReturnType<typeof nodeDescriptor>["runtimes"]>[number] => ({
    id: id as Namespace,
    version: { major, minor: 0, patch: 0 },
    capabilities: { tee: null },
    extraInfo: null,
  });
  const node = nodeDescriptor({
    roles: 1 | 2 | 4 | 8 | 32,
    runtimes: [entry(first.id, 1), entry(first.id, 2), entry(second.id, 1)],
  });
  const { nodeValidator, nodeKeyManager, nodeCompute, nodeObserver } = thresholdKinds;
  assert.deepEqual(
    stakeThresholdsForNode(node, (id) => (id === first.id ? first : second)),
    [
      global(nodeValidator),
      global(nodeKeyManager),
      global(nodeCompute),
      constant(7n),
      global(nodeObserver),
      global(nodeKeyManager),
      global(nodeCompute),
      global(nodeObserver),
    ],
  );
  assert.deepEqual(
    stakeThresholdsForNode(nodeDescriptor({ roles: 32, runtimes: null }), () => undefined),
    [],
  );
});

test("entities and runtimes claim one threshold each", () => {
  assert.deepEqual(stakeThresholdsForEntity(), [global(thresholdKinds.entity)]);
  const ofKind = (kind: number): StakeThreshold[] => stakeThresholdsForRuntime({ ...Runtime.zero(), kind });
  assert.deepEqual(ofKind(runtimeKinds.compute), [global(thresholdKinds.runtimeCompute)]);
  assert.deepEqual(ofKind(runtimeKinds.keyManager), [global(thresholdKinds.runtimeKeyManager)]);
});

test("who governs a runtime stakes for it", () => {
  const runtime: Runtime = { ...Runtime.zero(), id: runtimeIds.compute, entityId: keys.entity.publicKey };
  const address = (governanceModel: number): string | undefined =>
    runtimeStakingAddress({ ...runtime, governanceModel });
  assert.equal(address(governanceModels.entity), stakingAddress(keys.entity.publicKey));
  assert.equal(address(governanceModels.runtime), runtimeAddress(runtime.id));
  assert.equal(address(governanceModels.consensus), undefined);
});
