import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "./simulate.ts";

test("a seed gives the same run again, line by line", () => {
  for (const seed of [4, 8, 12]) {
    const runs = [1, 2].map(() => {
      const lines: string[] = [];
      const { traceHash, events, virtualMs } = simulate(seed, { onLine: (line) => void lines.push(line) });
      return { lines, traceHash, events, virtualMs };
    });
    assert.deepEqual(runs[1], runs[0], `seed ${seed}`);
  }
});

test("another seed gives another run", () => {
  assert.notEqual(simulate(3).traceHash, simulate(10).traceHash);
});
