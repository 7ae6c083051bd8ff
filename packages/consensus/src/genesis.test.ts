import assert from "node:assert/strict";
import { test } from "node:test";
import { genesisState, type EngineGenesis } from "@wadi/comet-core";
import type { genesis } from "@wadi/types";
import { isError } from "@wadi/util";

import { ErrGenesis } from "./errors.ts";
import { engineConfig } from "./engine-config.ts";
import { engineGenesis } from "./genesis.ts";
import { testGenesis } from "./testing/network-genesis.ts";

const document = testGenesis({ validators: ["a", "b", "c"], epochInterval: 50n });

type Section = "beacon" | "consensus" | "staking" | "scheduler";

/** The document with some parameters of a section changed. */
function changed<S extends Section>(section: S, params: Partial<genesis.Document[S]["params"]>): genesis.Document {
  const before = document[section];
  return { ...document, [section]: { ...before, params: { ...before.params, ...params } } };
}

test("evidence counts for the debonding interval, in blocks and in time", () => {
  const long = changed("staking", { debondingInterval: 3n });
  const { evidence } = engineGenesis(long).consensusParams;
  assert.deepEqual(evidence, { maxAgeNumBlocks: 150, maxAgeDuration: 150n * 1_001_000_000n, maxBytes: 1_048_576 });
});

test("a network without debonding or epoch length starts with the debug switch only", () => {
  const idle = changed("staking", { debondingInterval: 0n });
  assert.throws(() => engineGenesis(idle), /MaxAgeNumBlocks must be greater than 0/);
  assert.equal(engineGenesis(idle, { dontBlameOasis: true }).consensusParams.evidence.maxAgeNumBlocks, 50);
  const vrfParameters = { alphaHqThreshold: 1n, interval: 0n, proofDelay: 0n, gasCosts: new Map() };
  const unset = changed("beacon", { vrfParameters });
  const mock = changed("beacon", { vrfParameters, debugMockBackend: true });
  for (const refused of [unset, mock]) assert.throws(() => engineGenesis(refused), isGenesisError);
  assert.throws(() => engineGenesis(unset, { dontBlameOasis: true }), isGenesisError);
  assert.equal(engineGenesis(mock, { dontBlameOasis: true }).consensusParams.evidence.maxAgeNumBlocks, 100);
});

function isGenesisError(e: unknown): boolean {
  return isError(e, ErrGenesis);
}

test("documents that no engine can start from are refused with the reason", () => {
  const refused: readonly (readonly [genesis.Document, RegExp])[] = [
    [{ ...document, height: 0n }, /initial height 0/],
    [{ ...document, height: 1n << 60n }, /initial height/],
    [{ ...document, genesisTime: null }, /genesis_time/],
    [changed("beacon", { backend: "sundial" }), /unknown beacon backend "sundial"/],
    [changed("scheduler", { maxValidators: 0n }), /no validator/],
    [changed("consensus", { maxBlockGas: 1n << 63n }), /max_block_gas/],
    [changed("consensus", { maxBlockSize: 1n << 60n }), /max_block_size/],
    [changed("staking", { debondingInterval: 1n << 62n }), /debonding interval/],
  ];
  for (const [bad, expected] of refused) {
    assert.throws(
      () => engineGenesis(bad),
      (e) => isGenesisError(e) && expected.test(String(e)),
      String(expected),
    );
  }
  assert.throws(() => engineGenesis(changed("consensus", { maxBlockSize: 0n })), /MaxBytes must be greater than 0/);
});

test("the state before the first block", () => {
  const engine: EngineGenesis = engineGenesis(document);
  const state = genesisState(engine);
  assert.equal(state.validators.size, 3);
  assert.equal(state.validators.hash, state.nextValidators.hash);
  assert.notEqual(state.validators.proposer()?.address, state.nextValidators.proposer()?.address);
  assert.deepEqual([state.lastBlockHeight, state.initialHeight, state.lastValidators.size], [0, 1, 0]);
  assert.equal(state.lastBlockTime, 1_700_000_000_000_000_000n);
});

test("timing comes from the document, to fractions of a millisecond", () => {
  const timing = { timeoutCommit: 1_500_000n, skipTimeoutCommit: false, emptyBlockInterval: 7_000_000_000n };
  const { createEmptyBlocks, emptyBlocksIntervalMs, skipTimeoutCommit, timeouts } = engineConfig(
    changed("consensus", timing),
  );
  assert.deepEqual([timeouts.commitMs, skipTimeoutCommit, emptyBlocksIntervalMs], [1.5, false, 7000]);
  assert.deepEqual([timeouts.proposeMs, timeouts.prevoteDeltaMs, createEmptyBlocks], [3000, 500, true]);
});
