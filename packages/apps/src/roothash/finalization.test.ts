import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor, quantity } from "@wadi/codec";
import { hashOf, runtimeAddress, stakingAddress } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { events, registry, roothash, staking, ValidationError, type Namespace, type PublicKey } from "@wadi/types";
import { fromHex, must } from "@wadi/util";

import { BlockContext } from "../framework/block-context.ts";
import type { Context } from "../framework/context.ts";
import { CorruptedStateError } from "../framework/errors.ts";
import { MessageBus, subscribe } from "../framework/messages.ts";
import { messages as kinds } from "../message-kinds.ts";
import { account, commonPool, setAccount, setStakingParameters, setTotalSupply } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { endBlock } from "./block.ts";
import { incomingMessages, incomingQueueMeta, queueIncomingMessage } from "./incoming-messages.ts";
import { keys } from "./keys.ts";
import { lastRoundResults, roundTimeouts, runtimeState, setRuntimeState, type RunningRuntime } from "./state.ts";
import {
  commitmentFor,
  committeeOf,
  resultOf,
  runningOf,
  runtimeId,
  runtimeOf,
  signers,
  storeNode,
  storeParameters,
  type TestSigner,
} from "./testing/round.ts";
import { executorCommit } from "./transactions/executor-commit.ts";

// Round 4 among two workers: it is the first one's turn.
const [first, second, backup] = signers("first", "second", "backup") as [TestSigner, TestSigner, TestSigner];
const [firstEntity, secondEntity, backupEntity] = signers("entity 1", "entity 2", "entity 3").map(
  ({ publicKey }) => publicKey,
) as [PublicKey, PublicKey, PublicKey];
const committee = committeeOf([first, second], [backup]);
const { headerTypes } = roothash;

interface World {
  /** Runs `transactions`, then the end of the block; the context of the end. */
  block(height: number, transactions: (ctx: Context) => void): Context;
}

function setup(runtimes: readonly RunningRuntime[], bus = new MessageBus()): World {
  const tree = Tree.empty(RootType.state);
  const begin = testContext({ mode: "init-chain", tree });
  storeParameters(begin);
  for (const running of runtimes) setRuntimeState(begin.state, running);
  storeNode(begin, first.publicKey, firstEntity);
  storeNode(begin, second.publicKey, secondEntity);
  storeNode(begin, backup.publicKey, backupEntity);
  return {
    block(height, transactions) {
      const { info } = begin.block;
      const shared = { tree, lastHeight: height - 1, environment: { bus, block: new BlockContext(info, 0n) } };
      const deliver = testContext({ ...shared, mode: "deliver" });
      deliver.setSigner(first.publicKey);
      transactions(deliver);
      const end = testContext({ ...shared, mode: "end-block" });
      endBlock(end);
      return end;
    },
  };
}

type Parts = Parameters<typeof commitmentFor>[1];

function commit(ctx: Context, id: Namespace, ...parts: readonly Parts[]): void {
  const running = runtimeState(ctx.state, id);
  executorCommit(ctx, { id, commits: parts.map((part) => commitmentFor(running, part)) }, undefined);
}

const byFirst: Parts = { by: first, scheduler: first, result: "a" };
const bySecond: Parts = { by: second, scheduler: first, result: "a" };
const byBackup: Parts = { by: backup, scheduler: first, result: "a" };

function eventNames(ctx: Context): string[] {
  return ctx.events.map(([{ kind }]) => kind.kind);
}

const id = runtimeId(1);

test("a unanimous round becomes a normal block", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const end = world.block(101, (ctx) => commit(ctx, id, byFirst, bySecond, byBackup));
  const state = runtimeState(end.state, id);
  const { header } = state.lastBlock;
  assert.equal(header.headerType, headerTypes.normal);
  assert.equal(header.round, 4n);
  assert.equal(header.stateRoot, resultOf("a"));
  assert.equal(header.timestamp, end.now.seconds);
  assert.equal(state.lastNormalRound, 4n);
  assert.equal(state.lastNormalHeight, 101);
  assert.equal(state.timeout, 0n);
  assert.deepEqual(roundTimeouts(end.state), []);
  assert.deepEqual(eventNames(end), ["finalized"]);
  assert.deepEqual(state.livenessStats, {
    totalRounds: 1n,
    goodRounds: [1n, 1n, 1n],
    finalizedProposals: [1n, 0n, 0n],
    missedProposals: [0n, 0n, 0n],
  });
  const { goodComputeEntities, badComputeEntities } = lastRoundResults(end.state, id);
  assert.deepEqual(goodComputeEntities, [firstEntity, secondEntity, backupEntity]);
  assert.deepEqual(badComputeEntities, []);
});

test("past roots: as many as the parameters ask for", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  for (let height = 101; height < 106; height++) {
    const turn = height % 2 === 1 ? [first, second] : [second, first];
    const [proposer, other] = turn as [TestSigner, TestSigner];
    world.block(height, (ctx) => {
      const shared = { scheduler: proposer, result: String(height) };
      commit(ctx, id, { ...shared, by: proposer }, { ...shared, by: other });
    });
  }
  const end = world.block(106, () => undefined);
  const rounds = Array.from(end.state.keys(keys.pastRoots.under({ runtime: id })), ({ round }) => round);
  assert.deepEqual(rounds, [6n, 7n, 8n]);
  assert.equal(end.state.get(keys.stateRoots.at({ runtime: id })), resultOf("105"));
});

test("a discrepancy gives backup workers one and a half timeouts, then the round fails", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const disagreement = world.block(101, (ctx) => commit(ctx, id, byFirst, { ...bySecond, result: "b" }));
  assert.deepEqual(eventNames(disagreement), ["execution_discrepancy"]);
  assert.deepEqual(disagreement.events[0]?.[0].value, { round: 4n, rank: 0n, timeout: false });
  assert.deepEqual(roundTimeouts(disagreement.state), [{ height: 116n, runtimeId: id }]);
  assert.deepEqual(eventNames(world.block(115, () => undefined)), []);
  const late = world.block(116, () => undefined);
  assert.deepEqual(eventNames(late), ["finalized"]);
  const state = runtimeState(late.state, id);
  assert.equal(state.lastBlock.header.headerType, headerTypes.roundFailed);
  assert.equal(state.lastNormalRound, 3n);
  assert.deepEqual(state.livenessStats?.missedProposals, [1n, 0n, 0n]);
  assert.equal(state.livenessStats.totalRounds, 0n);
  assert.deepEqual(roundTimeouts(late.state), []);
});

test("with a round timeout of 0 the whole round is decided in the block of the proposal", () => {
  const runtime = runtimeOf(id);
  const hasty = { ...runtime, executor: { ...runtime.executor, roundTimeout: 0n } };
  const alone = setup([runningOf(hasty, committee)]);
  const failed = alone.block(101, (ctx) => commit(ctx, id, byFirst));
  assert.deepEqual(eventNames(failed), ["execution_discrepancy", "finalized"]);
  assert.equal(runtimeState(failed.state, id).lastBlock.header.headerType, headerTypes.roundFailed);

  const helped = setup([runningOf(hasty, committee)]);
  const decided = helped.block(101, (ctx) => commit(ctx, id, byFirst, byBackup));
  assert.deepEqual(eventNames(decided), ["execution_discrepancy", "finalized"]);
  assert.equal(runtimeState(decided.state, id).lastBlock.header.headerType, headerTypes.normal);
});

test("rounds end by ID of the runtime, timeouts come after them by its hash", () => {
  const ids = Array.from({ length: 6 }, (_, i) => runtimeId(i + 1));
  const byHash = ids.toSorted((a, b) => (hashOf(fromHex(a)) < hashOf(fromHex(b)) ? -1 : 1));
  assert.notDeepEqual(byHash, ids);
  const world = setup(ids.map((each) => runningOf(runtimeOf(each), committee)));
  world.block(101, (ctx) => {
    for (const each of ids.toReversed()) commit(ctx, each, byFirst);
  });
  const finalized = (ctx: Context): unknown[] =>
    ctx.events.map((event) => (event[1]?.value as roothash.RuntimeIDAttribute | undefined)?.id);
  const [a, b, ...rest] = ids as [Namespace, Namespace, ...Namespace[]];
  const end = world.block(111, (ctx) => {
    commit(ctx, b, bySecond);
    commit(ctx, a, bySecond);
  });
  // What ended in the first pass does not time out any more; the others get their discrepancy.
  assert.deepEqual(eventNames(end), ["finalized", "finalized", ...rest.map(() => "execution_discrepancy")]);
  assert.deepEqual(finalized(end), [a, b, ...byHash.filter((each) => rest.includes(each))]);
});

test("incoming messages are taken in order and told", () => {
  const caller = stakingAddress(firstEntity);
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const queue = (ctx: Context): void => {
    for (const tag of [5n, 6n, 7n])
      queueIncomingMessage(ctx.state, id, { caller, tag, fee: 0n, tokens: 0n, data: new Uint8Array() });
  };
  const end = world.block(101, (ctx) => {
    queue(ctx);
    const taken = incomingMessages(ctx.state, id, 0n, 2);
    const header = { inMsgsCount: 2, inMsgsHash: roothash.incomingMessagesHash(taken) };
    commit(ctx, id, { ...byFirst, header }, { ...bySecond, header });
  });
  assert.deepEqual(eventNames(end), ["in_msg_processed", "in_msg_processed", "finalized"]);
  assert.deepEqual(end.events[1]?.[0].value, { id: 1n, round: 4n, caller, tag: 6n });
  assert.deepEqual(incomingQueueMeta(end.state, id), { size: 1, nextSequenceNumber: 3n });
  assert.deepEqual(
    incomingMessages(end.state, id).map(({ tag }) => tag),
    [7n],
  );
});

test("messages that are not those of the queue fail the round, which was counted already", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const header = { inMsgsCount: 1, inMsgsHash: resultOf("other messages") };
  const end = world.block(101, (ctx) => commit(ctx, id, { ...byFirst, header }, { ...bySecond, header }));
  const state = runtimeState(end.state, id);
  assert.equal(state.lastBlock.header.headerType, headerTypes.roundFailed);
  assert.deepEqual(state.livenessStats, {
    totalRounds: 1n,
    goodRounds: [0n, 0n, 0n],
    finalizedProposals: [1n, 0n, 0n],
    missedProposals: [1n, 0n, 0n],
  });
  assert.deepEqual(lastRoundResults(end.state, id), roothash.RoundResults.zero());
});

test("a count of 0 takes no message, whatever waits", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const end = world.block(101, (ctx) => {
    const message = { caller: stakingAddress(firstEntity), tag: 0n, fee: 0n, tokens: 0n, data: new Uint8Array() };
    queueIncomingMessage(ctx.state, id, message);
    commit(ctx, id, byFirst, bySecond);
  });
  assert.equal(incomingQueueMeta(end.state, id).size, 1);
});

test("a queue that is larger than its size says is a corrupted state", () => {
  const world = setup([runningOf(runtimeOf(id), committee)]);
  const caller = stakingAddress(firstEntity);
  assert.throws(
    () =>
      world.block(101, (ctx) => {
        queueIncomingMessage(ctx.state, id, { caller, tag: 0n, fee: 0n, tokens: 0n, data: new Uint8Array() });
        ctx.state.set(keys.incomingQueueMeta.at({ runtime: id }), { size: 0, nextSequenceNumber: 1n });
        const header = { inMsgsCount: 1, inMsgsHash: roothash.incomingMessagesHash(incomingMessages(ctx.state, id)) };
        commit(ctx, id, { ...byFirst, header }, { ...bySecond, header });
      }),
    CorruptedStateError,
  );
});

const transfer = (amount: bigint): roothash.Message =>
  create(roothash.Message, {
    staking: create(roothash.StakingMessage, { transfer: { to: runtimeAddress(id), amount } }),
  });

test("each message has an outcome: a result, an error's pair, or nobody who takes it", () => {
  const bus = new MessageBus();
  const callers: string[] = [];
  bus.add(
    subscribe(kinds.runtimeStaking, (ctx, { message }) => {
      callers.push(ctx.caller);
      const { amount } = must(message.transfer);
      if (amount === 1n) return encodeCbor(quantity, amount);
      if (amount === 2n) throw new ValidationError("no pair of its own");
      return undefined;
    }),
  );
  const governance = create(roothash.Message, {
    governance: create(roothash.GovernanceMessage, { castVote: { id: 1n, vote: 1 } }),
  });
  const messages = [transfer(1n), transfer(2n), transfer(3n), governance];
  const world = setup([runningOf(runtimeOf(id), committee)], bus);
  const header = { messagesHash: roothash.messagesHash(messages) };
  const end = world.block(101, (ctx) => commit(ctx, id, { ...byFirst, messages }, { ...bySecond, header }));
  const none = Uint8Array.of(0xf6);
  assert.deepEqual(lastRoundResults(end.state, id).messages, [
    { module: "", code: 0, index: 0, result: Uint8Array.of(0x41, 1) },
    { module: "unknown", code: 1, index: 1, result: none },
    { module: "", code: 0, index: 2, result: none },
    { module: "roothash", code: 1, index: 3, result: none },
  ]);
  assert(callers.every((caller) => caller === runtimeAddress(id)));
});

test("a nested message that nobody takes keeps its own error", () => {
  const bus = new MessageBus();
  const publishNested = (ctx: Context): undefined => {
    ctx.publish(kinds.runtimeResumed, runtimeOf(id));
  };
  bus.add(subscribe(kinds.runtimeStaking, publishNested));
  const messages = [transfer(1n)];
  const header = { messagesHash: roothash.messagesHash(messages) };
  const world = setup([runningOf(runtimeOf(id), committee)], bus);
  const end = world.block(101, (ctx) => commit(ctx, id, { ...byFirst, messages }, { ...bySecond, header }));
  const [outcome] = lastRoundResults(end.state, id).messages;
  assert.equal(outcome?.module, "unknown");
  assert.deepEqual(outcome?.result, Uint8Array.of(0xf6));
});

test("who voted for the wrong result pays the runtime and who voted for the right one", () => {
  const slashing = new Map([[staking.slashReasons.runtimeIncorrectResults, { amount: 100n, freezeInterval: 0n }]]);
  const terms = create(registry.RuntimeStakingParameters, { slashing, rewardBadResults: 25 });
  const world = setup([runningOf(runtimeOf(id, { staking: terms }), committee)]);
  const end = world.block(101, (ctx) => {
    const begin = testContext({ mode: "init-chain", tree: ctx.state.tree });
    setStakingParameters(begin, staking.ConsensusParameters.zero());
    setTotalSupply(ctx.state, 1000n);
    const zero = staking.Account.zero();
    const active = { balance: 1000n, totalShares: 1000n };
    setAccount(ctx.state, stakingAddress(secondEntity), { ...zero, escrow: { ...zero.escrow, active } });
    commit(ctx, id, byFirst, { ...bySecond, result: "b" }, byBackup);
  });
  const balance = (entity: PublicKey): bigint => account(end.state, stakingAddress(entity)).escrow.active.balance;
  assert.equal(runtimeState(end.state, id).lastBlock.header.headerType, headerTypes.normal);
  assert.equal(balance(secondEntity), 900n);
  assert.equal(account(end.state, runtimeAddress(id)).general.balance, 25n);
  assert.equal(balance(firstEntity), 37n);
  assert.equal(balance(backupEntity), 37n);
  assert.equal(commonPool(end.state), 1n, "what cannot be divided");
  assert.deepEqual(lastRoundResults(end.state, id).badComputeEntities, [secondEntity]);
  assert(end.hasEvent(events.eventKinds.stakingTakeEscrow));
});
