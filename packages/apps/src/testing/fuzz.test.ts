// A short run of the fuzzer over all applications; `test/fuzz-soak.ts` is the long one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chainBytes } from "@wadi/testing";
import { transaction } from "@wadi/types";
import { must } from "@wadi/util";

import { fuzzSeed } from "./fuzz-network.ts";
import { fuzzBlocks } from "./fuzz-run.ts";

const json = chainBytes("workload/genesis.json");
const chain = chainBytes("workload/chain.jsonl");

test("random blocks of all methods on a recorded state", { skip: !json || !chain }, () => {
  const seed = fuzzSeed(must(json), must(chain), 75);
  const tried = new Set<string>();
  for (const random of [1, 2]) {
    for (const method of fuzzBlocks(seed, { random, blocks: 24, transactions: 24 }).keys()) tried.add(method);
  }
  const methods = transaction.allMethods().map(({ name }) => name);
  assert.deepEqual(
    methods.filter((name) => !tried.has(name)),
    [],
    "methods that were not tried",
  );
});
