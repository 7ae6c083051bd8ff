import assert from "node:assert/strict";
import { test } from "node:test";

import { SignatureVerifier } from "@wadi/crypto";
import { node as nodeTypes, registry, type Version } from "@wadi/types";

import type { Candidate } from "./election.ts";
import { executorSuitability, type AttestationRules } from "./suitability.ts";
import { EPOCH, candidate, committeeOf, keyOf, runtimeId } from "./testing/elections.ts";

const { compute, validator } = nodeTypes.roles;
const { intelSGX, none } = nodeTypes.teeHardware;

const rules: AttestationRules = {
  features: null,
  isFeatureVersion261: true,
  context: {
    unixNanos: 0n,
    height: 0n,
    quotes: {
      verifyQuote: () => {
        throw new TypeError("a quote was verified");
      },
    },
    verifier: new SignatureVerifier(),
  },
};

const version = (major: number): Version => ({ major, minor: 0, patch: 0 });
const capability: nodeTypes.CapabilityTEE = { hardware: intelSGX, rak: keyOf(1), rek: null, attestation: null };

function entry(major: number, tee: nodeTypes.CapabilityTEE | null = null): nodeTypes.Runtime {
  return { id: runtimeId, version: version(major), capabilities: { tee }, extraInfo: null };
}

function runtime(teeHardware: number = none, deployments: readonly [major: number, validFrom: bigint][] = [[1, 0n]]) {
  return {
    ...committeeOf([]).runtime,
    teeHardware,
    deployments: deployments.map(([major, validFrom]) => ({
      ...registry.VersionInfo.zero(),
      version: version(major),
      validFrom,
    })),
  };
}

function isSuitable(one: Candidate, of: registry.Runtime = runtime()): boolean {
  return executorSuitability(of, EPOCH, rules)(one);
}

test("the role and an entry of the active version", () => {
  assert.equal(isSuitable(candidate(1)), true);
  assert.equal(isSuitable(candidate(1, 1, { roles: validator })), false);
  assert.equal(isSuitable(candidate(1, 1, { roles: compute, runtimes: null })), false);
  assert.equal(isSuitable(candidate(1, 1, { runtimes: [entry(2)] })), false);
  assert.equal(isSuitable(candidate(1, 1, { runtimes: [null, entry(2), entry(1)] })), true);
});

test("the active deployment is the last one that has begun", () => {
  const deployments: [number, bigint][] = [
    [1, 0n],
    [2, EPOCH],
    [3, EPOCH + 1n],
  ];
  const suitable = [1, 2, 3].filter((major) =>
    isSuitable(candidate(1, 1, { runtimes: [entry(major)] }), runtime(none, deployments)),
  );
  assert.deepEqual(suitable, [2]);
  assert.equal(isSuitable(candidate(1), runtime(none, [[1, EPOCH + 1n]])), false);
});

test("suspended nodes are out until the epoch named", () => {
  const suspended = (until: bigint): Candidate => {
    const one = candidate(1);
    return {
      ...one,
      status: { ...one.status, faults: new Map([[runtimeId, { failures: 1, suspendedUntil: until }]]) },
    };
  };
  assert.equal(isSuitable(suspended(EPOCH + 1n)), false);
  assert.equal(isSuitable(suspended(EPOCH)), true);
});

test("TEE capabilities must be those of the runtime, and attested", () => {
  const withTee = candidate(1, 1, { runtimes: [entry(1, capability)] });
  assert.equal(isSuitable(withTee), false, "a runtime without TEE");
  assert.equal(isSuitable(candidate(1), runtime(intelSGX)), false, "no capability");
  assert.equal(isSuitable(withTee, runtime(intelSGX)), false, "no attestation in it");
  const other = candidate(1, 1, { runtimes: [entry(1, { ...capability, hardware: 2 })] });
  assert.equal(isSuitable(other, runtime(intelSGX)), false, "other hardware");
});

test("the first entry of the version decides", () => {
  const twice = candidate(1, 1, { runtimes: [entry(1, capability), entry(1)] });
  assert.equal(isSuitable(twice), false);
});
