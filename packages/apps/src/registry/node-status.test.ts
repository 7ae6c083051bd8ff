import assert from "node:assert/strict";
import { test } from "node:test";
import { registry, type Namespace } from "@wadi/types";
import fc from "fast-check";

import { isEligibleForElection, isFrozen, isSuspended, recordFailure, recordSuccess } from "./node-status.ts";

const runtime = "80".padEnd(64, "0") as Namespace;
const other = "80".padEnd(64, "1") as Namespace;
const fresh = registry.NodeStatus.zero();

test("a status without faults is neither frozen nor suspended", () => {
  assert.equal(isFrozen(fresh), false);
  assert.equal(isSuspended(fresh, runtime, 0n), false);
});

test("suspension ends with its last epoch and concerns one runtime", () => {
  const status = recordFailure(fresh, runtime, 10n);
  assert.equal(status.faults.get(runtime)?.suspendedUntil, 12n);
  assert.equal(isSuspended(status, runtime, 11n), true);
  assert.equal(isSuspended(status, runtime, 12n), false);
  assert.equal(isSuspended(status, other, 11n), false);
});

test("a frozen node is suspended everywhere", () => {
  assert.equal(isSuspended({ ...fresh, freezeEndTime: 1n }, other, 100n), true);
});

test("eligibility begins after the epoch", () => {
  const status = { ...fresh, electionEligibleAfter: 7n };
  assert.equal(isEligibleForElection(status, 7n), false);
  assert.equal(isEligibleForElection(status, 8n), true);
});

test("256 failures wrap into an empty record that stays", () => {
  let status = fresh;
  for (let i = 0; i < 256; i++) status = recordFailure(status, runtime, 1n);
  assert.deepEqual(status.faults.get(runtime), { failures: 0, suspendedUntil: 0n });
  assert.equal(recordSuccess(status, runtime, 1n).faults.size, 0);
});

test("success without a record changes nothing", () => {
  assert.equal(recordSuccess(fresh, runtime, 3n), fresh);
});

test("as many successes as failures clear the record; suspensions are at most 64 epochs", () => {
  const property = (failures: number, epoch: bigint): void => {
    let status = fresh;
    for (let i = 0; i < failures; i++) {
      status = recordFailure(status, runtime, epoch);
      const until = status.faults.get(runtime)?.suspendedUntil ?? 0n;
      assert.ok(until > epoch && until <= epoch + 64n, `failure ${i + 1}`);
    }
    for (let i = 0; i < failures; i++) status = recordSuccess(status, runtime, epoch);
    assert.deepEqual(status, fresh);
  };
  fc.assert(fc.property(fc.integer({ min: 1, max: 255 }), fc.bigInt(0n, 1n << 62n), property));
});
