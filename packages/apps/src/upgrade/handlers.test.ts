import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { stakingAddress, testSigner } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { consensusGenesis, governance, registry as registryTypes, staking, version } from "@wadi/types";
import { must } from "@wadi/util";

import { consensusParameters } from "../consensus/state.ts";
import type { Context, ContextMode } from "../framework/context.ts";
import { parametersKey } from "../framework/core-state.ts";
import { keys as governanceKeys } from "../governance/keys.ts";
import * as governanceState from "../governance/state.ts";
import * as churp from "../keymanager/churp/state.ts";
import { keys as registryKeys } from "../registry/keys.ts";
import * as registry from "../registry/state.ts";
import { keys as stakingKeys } from "../staking/keys.ts";
import { account, stakingParameters } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import * as vault from "../vault/state.ts";
import { upgradeHandlers } from "./handlers.ts";

const before = create(consensusGenesis.Parameters, { maxTxSize: 32_768n, maxBlockSize: 1n, minGasPrice: 9n });

/** A context on a tree that has parameters of all applications. */
function context(mode: ContextMode, tree = Tree.empty(RootType.state)): Context {
  const ctx = testContext({ mode, tree });
  ctx.state.set(parametersKey.at(), before);
  const thresholds = new Map([[staking.thresholdKinds.entity, 5n]]);
  ctx.state.set(stakingKeys.parameters.at(), create(staking.ConsensusParameters, { thresholds }));
  ctx.state.set(registryKeys.parameters.at(), create(registryTypes.ConsensusParameters, { maxNodeExpiration: 3n }));
  ctx.state.set(governanceKeys.parameters.at(), create(governance.ConsensusParameters, { stakeThreshold: 90 }));
  return ctx;
}

const handler = (name: string): NonNullable<ReturnType<typeof upgradeHandlers.get>> => must(upgradeHandlers.get(name));

test("consensus240 enables CHURP, vaults and votes of delegators, and changes nothing else", () => {
  const ctx = context("end-block");
  const run = must(handler("consensus240").endBlock);
  run(ctx);
  run(ctx);
  const { state } = ctx;
  const sizes = { maxTxSize: 131_072n, maxBlockSize: 4_194_304n, maxBlockGas: 5_000_000n };
  assert.deepEqual(consensusParameters(state), { ...before, ...sizes });
  const { enableKmChurp, maxNodeExpiration } = registry.parameters(state);
  assert.deepEqual([enableKmChurp, maxNodeExpiration], [true, 3n]);
  assert.deepEqual(
    churp.parameters(state).gasCosts,
    new Map(["create", "update", "apply", "confirm"].map((op) => [op, 1000n])),
  );
  assert.deepEqual(
    [...stakingParameters(state).thresholds],
    [
      [staking.thresholdKinds.entity, 5n],
      [7, 10_000_000_000_000n],
    ],
  );
  const { allowVoteWithoutEntity, allowProposalMetadata, stakeThreshold } = governanceState.parameters(state);
  assert.deepEqual([allowVoteWithoutEntity, allowProposalMetadata, stakeThreshold], [true, true, 90]);
  const { enabled, maxAuthorityAddresses, gasCosts } = vault.parameters(state);
  assert.deepEqual([enabled, maxAuthorityAddresses], [true, 32]);
  assert.deepEqual(
    gasCosts,
    new Map([
      ["create", 10_000n],
      ["authorize_action", 5000n],
      ["cancel_action", 5000n],
    ]),
  );
});

test("consensus261 sets the feature version", () => {
  const ctx = context("end-block");
  handler("consensus261").endBlock?.(ctx);
  assert.deepEqual(consensusParameters(ctx.state), { ...before, featureVersion: version(26, 1) });
});

test("the handler of network tests registers its entity and makes transactions a byte longer", () => {
  const tree = Tree.empty(RootType.state);
  const begin = context("begin-block", tree);
  const { startup, beginBlock, endBlock } = handler("__e2e-test-valid");
  assert.ok(startup !== undefined);
  beginBlock?.(begin);
  endBlock?.(testContext({ mode: "end-block", tree }));
  const { publicKey } = testSigner("__e2e-test-migration-entity");
  assert.deepEqual(registry.entity(begin.state, publicKey), { v: 2, id: publicKey, nodes: [] });
  assert.deepEqual(
    [...account(begin.state, stakingAddress(publicKey)).escrow.stakeAccumulator.claims],
    [["registry.RegisterEntity", [{ global: staking.thresholdKinds.entity, const: null }]]],
  );
  assert.equal(consensusParameters(begin.state).maxTxSize, 32_769n);
});

test("handlers write parameters at the end of blocks only", () => {
  for (const name of ["consensus240", "consensus261", "empty"]) {
    assert.equal(handler(name).startup, undefined, name);
    assert.equal(handler(name).beginBlock, undefined, name);
  }
  assert.throws(() => handler("consensus261").endBlock?.(context("begin-block")), { name: "CorruptedStateError" });
});
