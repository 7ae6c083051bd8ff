import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { churp, type PublicKey } from "@wadi/types";
import fc from "fast-check";

import { hashOfByte } from "../testing/key-manager-network.ts";
import { statusInEpoch } from "./block.ts";
import {
  HANDOFFS_DISABLED,
  areHandoffsDisabled,
  finalizeHandoff,
  handoffKind,
  handoffKinds,
  minApplicants,
  minCommitteeSize,
} from "./handoff.ts";

const key = (byte: number): PublicKey => byte.toString(16).padStart(2, "0").repeat(32) as PublicKey;
const checksum = hashOfByte(9);

/** Applications of these nodes, the negative ones not confirmed. */
function applications(...nodes: readonly number[]): churp.Status["applications"] {
  return new Map(nodes.map((n) => [key(Math.abs(n)), { checksum, reconstructed: n > 0 }]));
}

const status = (changes: Partial<churp.Status>): churp.Status =>
  create(churp.Status, { handoffInterval: 2n, nextHandoff: 10n, nextChecksum: checksum, ...changes });

const anyEpoch = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(HANDOFFS_DISABLED - 50n, HANDOFFS_DISABLED));
const anyStatus = fc.record({
  threshold: fc.nat(4),
  extraShares: fc.nat(3),
  handoffInterval: fc.oneof(fc.bigInt(1n, 3n), anyEpoch),
  handoff: anyEpoch,
  nextHandoff: anyEpoch,
  committee: fc.uniqueArray(fc.integer({ min: 1, max: 9 })).map((list) => list.map(key)),
  applications: fc
    .uniqueArray(fc.integer({ min: -9, max: 9 }), { selector: (n) => Math.abs(n) })
    .map((list) => applications(...list)),
});

test("the kind compares applicants and committee as sets", () => {
  const committee = [key(1), key(2)];
  assert.equal(handoffKind(status({ applications: applications(1) })), handoffKinds.dealing);
  assert.equal(handoffKind(status({ committee, applications: applications(2, 1) })), handoffKinds.committeeUnchanged);
  assert.equal(handoffKind(status({ committee, applications: applications(1, 3) })), handoffKinds.committeeChanged);
  assert.equal(handoffKind(status({ committee, applications: applications(1) })), handoffKinds.committeeChanged);
});

test("until the epoch is over all applicants must have confirmed", () => {
  const waiting = status({ threshold: 1, applications: applications(2, 1, -3) });
  assert.equal(finalizeHandoff(waiting, false), undefined);
  assert.deepEqual(finalizeHandoff(waiting, true), {
    ...waiting,
    handoff: 10n,
    checksum,
    committee: [key(1), key(2)],
    nextHandoff: 12n,
    nextChecksum: null,
    applications: new Map(),
  });
});

test("with interval 1 there is one epoch more for applications after an epoch that ran out", () => {
  const every = status({ handoffInterval: 1n, applications: applications(1) });
  assert.equal(finalizeHandoff(every, false)?.nextHandoff, 11n);
  assert.equal(finalizeHandoff(every, true)?.nextHandoff, 12n);
});

test("handoffs end where the range of epochs ends, judged by the handoff before", () => {
  const last = status({ applications: applications(1), handoffInterval: HANDOFFS_DISABLED - 5n });
  const before = finalizeHandoff({ ...last, handoff: 4n }, false);
  // 10 + (2^64 - 1 - 5) wraps.
  assert.equal(before?.nextHandoff, 4n);
  const after = finalizeHandoff({ ...last, handoff: 5n }, false);
  assert.equal(after?.nextHandoff, HANDOFFS_DISABLED);
  assert.equal(after?.handoffInterval, 0n);
});

test("a completed handoff has a sorted committee of confirmed applicants that is large enough", () => {
  fc.assert(
    fc.property(anyStatus, fc.boolean(), (changes, isEpochOver) => {
      // Without an interval there is nothing to complete.
      const before = status({ ...changes, handoffInterval: changes.handoffInterval || 1n });
      const after = finalizeHandoff(before, isEpochOver);
      const confirmed = [...before.applications].flatMap(([id, { reconstructed }]) => (reconstructed ? [id] : []));
      const isComplete = isEpochOver || confirmed.length === before.applications.size;
      assert.equal(after !== undefined, isComplete && confirmed.length >= minCommitteeSize(before));
      if (after === undefined) return;
      assert.deepEqual(after.committee, confirmed.toSorted());
      assert.equal(after.handoff, before.nextHandoff);
      assert.equal(after.applications.size, 0);
      assert.equal(after.handoffInterval === 0n, after.nextHandoff === HANDOFFS_DISABLED);
      assert.ok(after.nextHandoff >= 0n && after.nextHandoff <= HANDOFFS_DISABLED);
      assert.ok(minApplicants(before) >= minCommitteeSize(before));
    }),
  );
});

test("an epoch changes a status only when its handoff begins or is over", () => {
  fc.assert(
    fc.property(anyStatus, anyEpoch, (changes, epoch) => {
      const before = status(changes);
      const after = statusInEpoch(before, epoch);
      const sinceHandoff = BigInt.asUintN(64, epoch - before.nextHandoff);
      if (areHandoffsDisabled(before) || sinceHandoff > 1n) return assert.equal(after, undefined);
      if (sinceHandoff === 1n) return assert.ok(after !== undefined);
      const isReady = before.applications.size >= minApplicants(before);
      return assert.equal(after?.nextHandoff, isReady ? undefined : BigInt.asUintN(64, epoch + 1n));
    }),
  );
});

test("a handoff that failed starts again in the next epoch", () => {
  const failed = statusInEpoch(status({ threshold: 1, applications: applications(1, -2) }), 11n);
  assert.equal(failed?.nextHandoff, 12n);
  assert.equal(failed.nextChecksum, null);
  assert.equal(failed.applications.size, 0);
  assert.equal(failed.handoffInterval, 2n);
});
