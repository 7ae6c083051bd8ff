import assert from "node:assert/strict";
import { test } from "node:test";
import { stakingAddress } from "@wadi/crypto";
import { RootType, Tree, type KeyValueTree } from "@wadi/mkvs";
import { events, registry, roothash, scheduler, staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import { runtime as activeRuntime, setRuntime, suspendedRuntime } from "../registry/state.ts";
import { setCommittee } from "../scheduler/state.ts";
import { setAccount, setStakingParameters } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { beginBlock } from "./block.ts";
import { newLivenessStatistics } from "./liveness.ts";
import { addCommitment } from "./pool.ts";
import { hasEvidence, rearmRoundTimeout, roundTimeouts, runtimeState, setEvidence, setRuntimeState } from "./state.ts";
import {
  commitmentFor,
  committeeOf,
  resultOf,
  runningOf,
  runtimeId,
  runtimeOf,
  signers,
  storeParameters,
  type TestSigner,
} from "./testing/round.ts";

const id = runtimeId(1);
const [member, owner] = signers("member", "owner") as [TestSigner, TestSigner];
const committee = { ...committeeOf([member], []), runtimeId: id, validFor: 2n };
const descriptor = runtimeOf(id, { entityId: owner.publicKey });
const { headerTypes } = roothash;

interface Options {
  readonly runtime?: registry.Runtime;
  readonly parameters?: Partial<roothash.ConsensusParameters>;
  readonly elected?: boolean;
  readonly stake?: bigint;
}

/** A runtime in the middle of a round that has a timeout. */
function setup({ runtime = descriptor, parameters = {}, elected = true, stake = 100n }: Options = {}): KeyValueTree {
  const tree = Tree.empty(RootType.state);
  const begin = testContext({ mode: "init-chain", tree });
  storeParameters(begin, parameters);
  setStakingParameters(begin, staking.ConsensusParameters.zero());
  const running = runningOf({ ...runtime, v: 2 }, committee);
  const proposal = commitmentFor(running, { by: member, scheduler: member, result: "a" });
  const commitmentPool = addCommitment(running.commitmentPool, committee, proposal);
  rearmRoundTimeout(begin.state, id, 0n, 120n);
  setRuntimeState(begin.state, { ...running, commitmentPool, timeout: 120n, livenessStats: newLivenessStatistics(1) });
  setRuntime(begin.state, runtime, false);
  if (elected) setCommittee(begin.state, committee);
  const zero = staking.Account.zero();
  const claims = new Map([["test", [{ global: null, const: 100n }]]]);
  const active = { balance: stake, totalShares: stake };
  const escrow = { ...zero.escrow, active, stakeAccumulator: { claims } };
  setAccount(begin.state, stakingAddress(owner.publicKey), { ...zero, escrow });
  return tree;
}

function begin(tree: KeyValueTree, epochs = { epoch: 2n, lastEpoch: 1n }): Context {
  const ctx = testContext({ mode: "begin-block", tree, ...epochs });
  beginBlock(ctx);
  return ctx;
}

function eventNames(ctx: Context): string[] {
  return ctx.events.map(([{ kind }]) => kind.kind);
}

test("an epoch gives the runtime its new committee and descriptor; the round in progress is dropped", () => {
  const ctx = begin(setup());
  const state = runtimeState(ctx.state, id);
  assert.equal(state.lastBlock.header.headerType, headerTypes.epochTransition);
  assert.equal(state.lastBlock.header.round, 4n);
  assert.equal(state.suspended, false);
  assert.deepEqual(state.committee, committee);
  assert.deepEqual(state.runtime, descriptor);
  assert.equal(state.commitmentPool?.schedulerCommitments.size, 0);
  assert.equal(state.livenessStats, null);
  assert.equal(state.timeout, 0n);
  assert.deepEqual(roundTimeouts(ctx.state), []);
  assert.deepEqual(eventNames(ctx), ["finalized"]);
});

test("nothing happens within an epoch, unless committees were elected", () => {
  const same = { epoch: 2n, lastEpoch: 2n };
  const tree = setup();
  assert.deepEqual(begin(tree, same).events, []);
  const ctx = testContext({ mode: "begin-block", tree, ...same });
  ctx.emit(events.eventKinds.schedulerElected, { kinds: [scheduler.committeeKinds.executor] });
  beginBlock(ctx);
  assert.deepEqual(eventNames(ctx), ["elected", "finalized"]);
});

function requireSuspended(ctx: Context): void {
  const state = runtimeState(ctx.state, id);
  assert.equal(state.lastBlock.header.headerType, headerTypes.suspended);
  assert.equal(state.suspended, true);
  assert.equal(state.committee, null);
  assert.equal(state.commitmentPool, null);
  assert.equal(activeRuntime(ctx.state, id), undefined);
  assert.deepEqual(suspendedRuntime(ctx.state, id), descriptor);
  assert.deepEqual(roundTimeouts(ctx.state), []);
  assert.deepEqual(eventNames(ctx), ["runtime_suspended", "finalized"]);
}

test("without a committee, or without stake, the runtime is suspended", () => {
  requireSuspended(begin(setup({ elected: false })));
  const tree = setup({ stake: 99n });
  requireSuspended(begin(tree));
  assert.deepEqual(begin(tree).events, [], "a suspended runtime is left alone");
});

test("debugging parameters keep a runtime without stake, not one without a committee", () => {
  const parameters = { debugBypassStake: true };
  assert.deepEqual(eventNames(begin(setup({ stake: 0n, parameters }))), ["finalized"]);
  requireSuspended(begin(setup({ elected: false, parameters: { debugDoNotSuspendRuntimes: true } })));
});

test("a runtime that nobody stakes for stops the chain", () => {
  const runtime = { ...descriptor, governanceModel: registry.governanceModels.consensus };
  assert.throws(() => begin(setup({ runtime })), BlockFailure);
  assert.doesNotThrow(() => begin(setup({ runtime, parameters: { debugBypassStake: true } })));
});

test("old evidence is forgotten with the committee", () => {
  const tree = setup({ parameters: { maxEvidenceAge: 1n } });
  const { state } = testContext({ tree });
  for (const round of [1n, 2n]) setEvidence(state, id, round, resultOf("evidence"));
  begin(tree);
  assert.deepEqual(
    [1n, 2n].map((round) => hasEvidence(state, id, round, resultOf("evidence"))),
    [false, true],
  );
});
