import assert from "node:assert/strict";
import { test } from "node:test";
import { stakingAddress } from "@wadi/crypto";
import { roothash } from "@wadi/types";
import { isError } from "@wadi/util";

import { testContext } from "../testing/context.ts";
import { queueIncomingMessage } from "./incoming-messages.ts";
import * as queries from "./queries.ts";
import { setRuntimeState } from "./state.ts";
import { committeeOf, resultOf, runningOf, runtimeId, runtimeOf, signers, storeParameters } from "./testing/round.ts";

const id = runtimeId(1);
const unknown = runtimeId(2);
const [member] = signers("member") as [ReturnType<typeof signers>[number]];

function stateWithRuntime(): ReturnType<typeof testContext>["state"] {
  const ctx = testContext({ mode: "init-chain" });
  storeParameters(ctx);
  const running = runningOf(runtimeOf(id), committeeOf([member], []));
  const header = { ...running.lastBlock.header, round: 4n, stateRoot: resultOf("state") };
  setRuntimeState(ctx.state, running);
  setRuntimeState(ctx.state, { ...running, lastBlock: { header } });
  const caller = stakingAddress(member.publicKey);
  for (const tag of [1n, 2n, 3n]) {
    queueIncomingMessage(ctx.state, id, { caller, tag, fee: 0n, tokens: 0n, data: new Uint8Array() });
  }
  return ctx.state;
}

test("blocks, state and roots of a runtime", () => {
  const state = stateWithRuntime();
  assert.equal(queries.genesisBlock(state, id).header.round, 3n);
  assert.equal(queries.latestBlock(state, id).header.round, 4n);
  assert.equal(queries.runtimeState(state, id).lastNormalRound, 3n);
  assert.deepEqual([...queries.pastRoundRoots(state, id).keys()], [3n, 4n]);
  assert.equal(queries.roundRoots(state, id, 4n)?.stateRoot, resultOf("state"));
  assert.equal(queries.roundRoots(state, id, 5n), undefined);
  assert.equal(queries.genesis(state).runtimeStates.get(id)?.round, 4n);
  assert.equal(queries.consensusParameters(state).maxPastRootsStored, 3n);
});

test("the queue from an offset, with and without a limit", () => {
  const state = stateWithRuntime();
  const tags = (offset: bigint, limit: number): bigint[] =>
    queries.incomingMessageQueue(state, id, offset, limit).map(({ tag }) => tag);
  assert.deepEqual(tags(0n, 0), [1n, 2n, 3n]);
  assert.deepEqual(tags(1n, 1), [2n]);
  assert.deepEqual(tags(3n, 0), []);
  assert.deepEqual(queries.incomingMessageQueueMeta(state, id), { size: 3, nextSequenceNumber: 3n });
});

test("an unknown runtime is an error only where something must be there", () => {
  const state = stateWithRuntime();
  for (const query of [queries.genesisBlock, queries.latestBlock, queries.runtimeState]) {
    assert.throws(
      () => query(state, unknown),
      (e) => isError(e, roothash.ErrInvalidRuntime),
    );
  }
  assert.deepEqual(queries.lastRoundResults(state, unknown), roothash.RoundResults.zero());
  assert.deepEqual(queries.incomingMessageQueueMeta(state, unknown), { size: 0, nextSequenceNumber: 0n });
  assert.deepEqual(queries.incomingMessageQueue(state, unknown, 0n, 0), []);
  assert.equal(queries.pastRoundRoots(state, unknown).size, 0);
});
