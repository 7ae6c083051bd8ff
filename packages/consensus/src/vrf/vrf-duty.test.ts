import assert from "node:assert/strict";
import { test } from "node:test";
import { testSigner } from "@wadi/crypto";
import type { beacon } from "@wadi/types";

import { NO_VRF_DUTY, decideVrf, type VrfDuty } from "./vrf-duty.ts";

const node = testSigner("node").publicKey;
const other = testSigner("other").publicKey;
const proof = { publicKey: node, proof: new Uint8Array(80) };

function round(epoch: bigint, submitAfter: bigint, provers: readonly (typeof node)[] = []): beacon.VRFState {
  const pi = new Map(provers.map((id) => [id, proof]));
  return { epoch, alpha: Uint8Array.of(Number(epoch)), pi, alphaHq: false, submitAfter, prevState: null };
}

/** What is decided at each height, with the memory carried along. */
function run(steps: readonly (readonly [height: number, round: beacon.VRFState | undefined])[]): readonly string[] {
  let duty: VrfDuty = NO_VRF_DUTY;
  return steps.map(([height, current]) => {
    const decision = decideVrf(duty, { height, round: current, node });
    duty = decision.duty;
    const task = decision.task === undefined ? "" : `prove ${decision.task.epoch} of ${decision.task.alpha.join()}`;
    return [decision.cancel ? "cancel" : "", task].filter((text) => text !== "").join(", ");
  });
}

test("a proof is due once, from the height of the round on", () => {
  const one = round(1n, 5n);
  assert.deepEqual(
    run([
      [3, one],
      [4, one],
      [5, one],
      [6, one],
      [7, one],
    ]),
    ["cancel", "", "prove 1 of 1", "", ""],
  );
});

test("a late start proves at once", () => {
  assert.deepEqual(run([[9, round(4n, 5n)]]), ["cancel, prove 4 of 4"]);
});

test("a round in which the node has proved needs nothing more", () => {
  assert.deepEqual(
    run([
      [9, round(1n, 5n, [node])],
      [10, round(1n, 5n)],
    ]),
    ["cancel", ""],
  );
  assert.deepEqual(run([[9, round(1n, 5n, [other])]]), ["cancel, prove 1 of 1"]);
});

test("a new round ends the submission for the one before and asks again", () => {
  const steps = run([
    [5, round(1n, 5n)],
    [10, round(2n, 15n)],
    [15, round(2n, 15n)],
    [16, round(2n, 15n)],
  ]);
  assert.deepEqual(steps, ["cancel, prove 1 of 1", "cancel", "prove 2 of 2", ""]);
});

test("without a VRF beacon there is nothing to do", () => {
  assert.deepEqual(
    run([
      [1, undefined],
      [2, undefined],
    ]),
    ["", ""],
  );
});
