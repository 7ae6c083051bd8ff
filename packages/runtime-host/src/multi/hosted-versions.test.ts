import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { registry, version } from "@wadi/types";
import { hostedVersions, roflVersions } from "./hosted-versions.ts";

function deployments(...list: readonly [major: number, validFrom: bigint][]): registry.Runtime {
  const from = ([major, validFrom]: [number, bigint]) =>
    create(registry.VersionInfo, { version: version(major), validFrom });
  return create(registry.Runtime, { deployments: list.map(from) });
}

const compute = { isCompute: true, preWarmEpochs: 3n };

test("the version in force and, three epochs ahead, the next one", () => {
  const runtime = deployments([1, 0n], [2, 10n]);
  const at = (epoch: bigint, options = compute) => {
    const { active, next } = hostedVersions(runtime, epoch, options);
    return [active?.major, next?.major];
  };
  assert.deepEqual(at(6n), [1, undefined]);
  assert.deepEqual(at(7n), [1, 2]);
  assert.deepEqual(at(9n), [1, 2]);
  assert.deepEqual(at(10n), [2, undefined]);
  assert.deepEqual(at(9n, { ...compute, isCompute: false }), [1, undefined]);
  assert.deepEqual(at(9n, { ...compute, preWarmEpochs: 0n }), [1, undefined]);
});

test("before its first deployment a runtime has only a next version", () => {
  const { active, next } = hostedVersions(deployments([1, 5n]), 4n, compute);
  assert.deepEqual([active, next?.major], [undefined, 1]);
});

test("ROFL components follow RONL with their own latest version", () => {
  const latest = version(9);
  const [active, next] = [version(1), version(2)];
  assert.deepEqual(roflVersions({ active, next }, latest), { active: latest, next: undefined });
  assert.deepEqual(roflVersions({ active: undefined, next }, latest), { active: undefined, next: latest });
  assert.deepEqual(roflVersions({ active: undefined, next: undefined }, latest), {
    active: undefined,
    next: undefined,
  });
});
