import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { genesis, registry, roothash } from "@wadi/types";

import { setRuntime } from "../registry/state.ts";
import { testContext } from "../testing/context.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { startRuntime } from "./new-runtime.ts";
import { lastRoundResults, runtimeState } from "./state.ts";
import { resultOf, runtimeId, runtimeOf, storeParameters } from "./testing/round.ts";

const id = runtimeId(1);
const { headerTypes } = roothash;

test("a new runtime starts suspended, once", () => {
  const tree = Tree.empty(RootType.state);
  storeParameters(testContext({ mode: "init-chain", tree }));
  const ctx = testContext({ tree });
  const runtime = { ...runtimeOf(id), genesis: { round: 5n, stateRoot: resultOf("genesis") } };
  startRuntime(ctx, runtime);
  startRuntime(ctx, { ...runtime, genesis: { round: 6n, stateRoot: resultOf("other") } });
  startRuntime(ctx, { ...runtime, id: runtimeId(2), kind: registry.runtimeKinds.keyManager });
  assert.equal(ctx.events.length, 1);
  const state = runtimeState(ctx.state, id);
  assert.equal(state.suspended, true);
  assert.equal(state.lastBlock.header.round, 5n);
  assert.equal(state.lastNormalRound, 5n);
  assert.equal(state.lastBlock.header.headerType, headerTypes.normal);
});

test("what is exported can be imported: rounds, roots and message results", () => {
  const ids = [runtimeId(1), runtimeId(2), runtimeId(3)];
  const message = { module: "staking", code: 3, index: 0, result: Uint8Array.of(0xf6) };
  const params = create(roothash.ConsensusParameters, { maxRuntimeMessages: 7, maxPastRootsStored: 2n });
  const states = ids
    .slice(0, 2)
    .map((each, i): [typeof each, roothash.GenesisRuntimeState] => [
      each,
      { round: BigInt(10 + i), stateRoot: resultOf(`root ${i}`), messageResults: i === 0 ? [message] : [] },
    ]);
  const ctx = testContext({ mode: "init-chain" });
  for (const [i, each] of ids.entries()) setRuntime(ctx.state, runtimeOf(each), i === 1);
  const section = { params, runtimeStates: new Map(states) };
  initChain(ctx, { ...genesis.Document.zero(), roothash: section });
  const types = ids.map((each) => runtimeState(ctx.state, each).lastBlock.header.headerType);
  assert.deepEqual(types, [headerTypes.normal, headerTypes.suspended, headerTypes.normal]);
  assert.deepEqual(lastRoundResults(ctx.state, runtimeId(1)).messages, [message]);
  const { runtimeStates, params: exported } = exportGenesis(ctx.state).roothash;
  assert.deepEqual(exported, params);
  const hash = (each: string): string => hashOf(Buffer.from(each, "hex"));
  assert.deepEqual(
    [...runtimeStates.keys()],
    ids.toSorted((a, b) => (hash(a) < hash(b) ? -1 : 1)),
  );
  for (const [each, state] of states) assert.deepEqual(runtimeStates.get(each), state);
});
