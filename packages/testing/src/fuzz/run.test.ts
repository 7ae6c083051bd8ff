import assert from "node:assert/strict";
import { test } from "node:test";
import { WadiError } from "@wadi/util";
import { fuzzAll, fuzzTarget } from "./run.ts";
import type { FuzzTarget } from "./target.ts";

test("100,000 mutated inputs to all decoders give values or typed errors", async () => {
  const summary = await fuzzAll({ iterations: 100_000, seed: 20_261 });
  assert.deepEqual(summary.failures, []);
  assert.ok(summary.iterations >= 100_000);
  assert.ok(summary.accepted > 0 && summary.refused > 0);
});

const refusal = { module: "testing", code: 1, text: "refused" };

/** Refuses everything but breaks on inputs that start with a one bit. */
const broken: FuzzTarget = {
  name: "testing/broken",
  seeds: () => [Uint8Array.of(1, 2, 3)],
  run: (input) => {
    if ((input[0] ?? 0) >= 0x80) throw new TypeError("broken");
    throw new WadiError(refusal);
  },
};

test("an untyped error is a failure, with the input to replay it", () => {
  const summary = fuzzTarget(broken, 10_000, 1);
  assert.ok(summary.failures.length > 0);
  const hex = /: ([0-9a-f]+)$/.exec(summary.failures[0] ?? "")?.[1];
  assert.ok(hex !== undefined);
  assert.throws(() => broken.run(Uint8Array.from(Buffer.from(hex, "hex"))), TypeError);
  assert.ok(summary.iterations < 10_000, "the fifth failure ends the run");
  assert.deepEqual([summary.accepted, summary.refused + summary.failures.length], [0, summary.iterations]);
});

test("the same seed gives the same run", () => {
  assert.deepEqual(
    fuzzTarget(broken, 1000, 7).failures.map((f) => f.split(": ").at(-1)),
    fuzzTarget(broken, 1000, 7).failures.map((f) => f.split(": ").at(-1)),
  );
});
