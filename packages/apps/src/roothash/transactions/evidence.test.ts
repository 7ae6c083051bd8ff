import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { runtimeAddress, stakingAddress } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { registry, roothash, staking, type PublicKey } from "@wadi/types";
import { isError, type ErrorKind } from "@wadi/util";

import type { Context, ContextMode } from "../../framework/context.ts";
import { limitedGas } from "../../framework/gas.ts";
import { account, commonPool, setAccount, setStakingParameters } from "../../staking/state.ts";
import { testContext } from "../../testing/context.ts";
import { hasEvidence, removeExpiredEvidence, setRuntimeState } from "../state.ts";
import {
  commitmentFor,
  committeeOf,
  runningOf,
  runtimeId,
  runtimeOf,
  signers,
  storeNode,
  storeParameters,
  type TestSigner,
} from "../testing/round.ts";
import { submitEvidence } from "./evidence.ts";

const id = runtimeId(1);
const [accused, reporter, entity, stranger] = signers("accused", "reporter", "entity", "stranger") as [
  TestSigner,
  TestSigner,
  TestSigner,
  TestSigner,
];
const GAS = 5n;

interface Options {
  readonly penalty?: bigint;
  readonly lastRound?: bigint;
}

function stateOf({ penalty = 100n, lastRound = 3n }: Options): ReturnType<typeof runningOf> {
  const slashing = new Map([[staking.slashReasons.runtimeEquivocation, { amount: penalty, freezeInterval: 0n }]]);
  const terms = create(registry.RuntimeStakingParameters, { slashing, rewardEquivocation: 50 });
  const running = runningOf(runtimeOf(id, { staking: terms }), committeeOf([accused], []));
  const header = { ...running.lastBlock.header, round: lastRound };
  return { ...running, lastBlock: { header } };
}

function setup(options: Options = {}): (mode?: ContextMode, by?: TestSigner) => Context {
  const tree = Tree.empty(RootType.state);
  const begin = testContext({ mode: "init-chain", tree });
  storeParameters(begin, { gasCosts: new Map([["evidence", GAS]]) });
  setStakingParameters(begin, staking.ConsensusParameters.zero());
  setRuntimeState(begin.state, stateOf(options));
  storeNode(begin, accused.publicKey, entity.publicKey);
  const zero = staking.Account.zero();
  const active = { balance: 150n, totalShares: 150n };
  setAccount(begin.state, stakingAddress(entity.publicKey), { ...zero, escrow: { ...zero.escrow, active } });
  return (mode = "deliver", by = reporter) => {
    const ctx = testContext({ mode, tree });
    ctx.setSigner(by.publicKey);
    ctx.setGas(limitedGas(100n));
    return ctx;
  };
}

/** Two results of one node for one round. */
function evidenceOf(by: TestSigner, round = 4n): roothash.Evidence {
  const state = stateOf({ lastRound: round - 1n });
  const [commitA, commitB] = ["a", "b"].map((result) => commitmentFor(state, { by, scheduler: accused, result }));
  return create(roothash.Evidence, { id, equivocationExecutor: { commitA: commitA!, commitB: commitB! } });
}

function requireRefused(run: () => unknown, kind: ErrorKind): void {
  assert.throws(run, (e) => isError(e, kind), kind.text);
}

function escrow(ctx: Context, owner: PublicKey): bigint {
  return account(ctx.state, stakingAddress(owner)).escrow.active.balance;
}

test("the node's entity pays the runtime and the reporter, once for a round", () => {
  const context = setup();
  const ctx = context();
  submitEvidence(ctx, evidenceOf(accused));
  assert.equal(escrow(ctx, entity.publicKey), 50n);
  assert.equal(escrow(ctx, reporter.publicKey), 50n);
  assert.equal(account(ctx.state, runtimeAddress(id)).general.balance, 50n);
  assert.equal(commonPool(ctx.state), 0n);
  assert.equal(ctx.gas.used, GAS);
  requireRefused(() => submitEvidence(context(), evidenceOf(accused)), roothash.ErrDuplicateEvidence);
  submitEvidence(context(), evidenceOf(accused, 5n));
  assert.equal(escrow(ctx, entity.publicKey), 0n);
  submitEvidence(context(), evidenceOf(accused, 6n));
  assert.equal(escrow(ctx, reporter.publicKey), 75n, "no stake is left to take, which is no error");
});

test("a node that reports works for its entity", () => {
  const context = setup();
  const ctx = context("deliver", accused);
  submitEvidence(ctx, evidenceOf(accused));
  assert.equal(escrow(ctx, entity.publicKey), 100n);
});

test("evidence against an unknown node leaves its hash behind", () => {
  const context = setup();
  const evidence = evidenceOf(stranger);
  requireRefused(() => submitEvidence(context(), evidence), roothash.ErrInvalidEvidence);
  assert(hasEvidence(context().state, id, 4n, roothash.evidenceHash(evidence)));
  requireRefused(() => submitEvidence(context(), evidence), roothash.ErrDuplicateEvidence);
});

test("too old, not slashed, not evidence, forged", () => {
  requireRefused(() => submitEvidence(setup({ lastRound: 15n })(), evidenceOf(accused)), roothash.ErrInvalidEvidence);
  submitEvidence(setup({ lastRound: 14n })(), evidenceOf(accused));
  requireRefused(() => submitEvidence(setup({ penalty: 0n })(), evidenceOf(accused)), roothash.ErrRuntimeDoesNotSlash);
  const none = create(roothash.Evidence, { id });
  requireRefused(() => submitEvidence(setup()("check"), none), roothash.ErrInvalidEvidence);
  const evidence = evidenceOf(accused);
  const both = evidence.equivocationExecutor!;
  const same = { ...evidence, equivocationExecutor: { commitA: both.commitA, commitB: both.commitA } };
  requireRefused(() => submitEvidence(setup()(), same), roothash.ErrInvalidEvidence);
  const forged = { ...both.commitB, sig: both.commitA.sig };
  const mixed = { ...evidence, equivocationExecutor: { ...both, commitB: forged } };
  requireRefused(() => submitEvidence(setup()("check"), mixed), roothash.ErrInvalidEvidence);
});

test("checks and simulation stop before the state", () => {
  for (const mode of ["check", "simulate"] as const) {
    const context = setup({ penalty: 0n });
    const ctx = context(mode);
    submitEvidence(ctx, evidenceOf(accused));
    assert.equal(ctx.gas.used, mode === "check" ? 0n : GAS);
  }
});

test("evidence is forgotten by round", () => {
  const context = setup();
  const ctx = context();
  for (const round of [4n, 5n, 6n]) submitEvidence(ctx, evidenceOf(accused, round));
  removeExpiredEvidence(ctx.state, id, 6n);
  const hash = roothash.evidenceHash(evidenceOf(accused));
  assert.deepEqual(
    [4n, 5n, 6n].map((round) => hasEvidence(ctx.state, id, round, hash)),
    [false, false, true],
  );
});
