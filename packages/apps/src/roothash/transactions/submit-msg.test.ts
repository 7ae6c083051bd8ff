import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { runtimeAddress, stakingAddress } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { registry, roothash, staking } from "@wadi/types";
import { isError, type ErrorKind } from "@wadi/util";

import type { Context, ContextMode } from "../../framework/context.ts";
import { limitedGas } from "../../framework/gas.ts";
import { account, setAccount, setStakingParameters } from "../../staking/state.ts";
import { testContext } from "../../testing/context.ts";
import { incomingMessages, incomingQueueMeta } from "../incoming-messages.ts";
import { setRuntimeState } from "../state.ts";
import { committeeOf, runningOf, runtimeId, runtimeOf, signers, storeParameters } from "../testing/round.ts";
import { submitMessage } from "./submit-msg.ts";

const id = runtimeId(1);
const [user] = signers("user") as [ReturnType<typeof signers>[number]];
const caller = stakingAddress(user.publicKey);

function setup(maxInMessages = 2): (mode?: ContextMode) => Context {
  const tree = Tree.empty(RootType.state);
  const begin = testContext({ mode: "init-chain", tree });
  storeParameters(begin, { gasCosts: new Map([["submit_msg", 3n]]) });
  setStakingParameters(begin, staking.ConsensusParameters.zero());
  const runtime = runtimeOf(id, {
    txnScheduler: create(registry.TxnSchedulerParameters, { maxInMessages }),
    staking: create(registry.RuntimeStakingParameters, { minInMessageFee: 5n }),
  });
  setRuntimeState(begin.state, runningOf(runtime, committeeOf([user], [])));
  const zero = staking.Account.zero();
  setAccount(begin.state, caller, { ...zero, general: { ...zero.general, balance: 100n } });
  return (mode = "deliver") => {
    const ctx = testContext({ mode, tree });
    ctx.setSigner(user.publicKey);
    ctx.setGas(limitedGas(100n));
    return ctx;
  };
}

function message(members: Partial<roothash.SubmitMsg> = {}): roothash.SubmitMsg {
  return create(roothash.SubmitMsg, { id, fee: 5n, tokens: 20n, tag: 9n, data: Uint8Array.of(1), ...members });
}

function requireRefused(run: () => unknown, kind: ErrorKind): void {
  assert.throws(run, (e) => isError(e, kind), kind.text);
}

test("messages get numbers in order, their fee and tokens go to the runtime", () => {
  const context = setup();
  const ctx = context();
  submitMessage(ctx, message());
  submitMessage(ctx, message({ tag: 10n, tokens: 0n }));
  assert.deepEqual(incomingQueueMeta(ctx.state, id), { size: 2, nextSequenceNumber: 2n });
  assert.deepEqual(incomingMessages(ctx.state, id, 1n), [
    { id: 1n, caller, tag: 10n, fee: 5n, tokens: 0n, data: Uint8Array.of(1) },
  ]);
  assert.equal(account(ctx.state, runtimeAddress(id)).general.balance, 30n);
  assert.equal(account(ctx.state, caller).general.balance, 70n);
  assert.equal(incomingMessages(ctx.state, id, 0n, 1).length, 1);
});

test("a full queue gives the tokens back", () => {
  const context = setup(1);
  submitMessage(context(), message());
  const ctx = context();
  requireRefused(() => submitMessage(ctx, message()), roothash.ErrIncomingMessageQueueFull);
  assert.equal(account(ctx.state, caller).general.balance, 75n);
  assert.deepEqual(ctx.events, []);
});

test("no queue, too low a fee, too little money, in this order", () => {
  requireRefused(() => submitMessage(setup(0)(), message({ fee: 0n })), roothash.ErrIncomingMessageQueueFull);
  requireRefused(
    () => submitMessage(setup()(), message({ fee: 4n, tokens: 1000n })),
    roothash.ErrIncomingMessageInsufficientFee,
  );
  requireRefused(() => submitMessage(setup()(), message({ tokens: 96n })), staking.ErrInsufficientBalance);
});

test("checks and simulation stop before the state", () => {
  const unknown = message({ id: runtimeId(2) });
  for (const mode of ["check", "simulate"] as const) {
    const ctx = setup()(mode);
    submitMessage(ctx, unknown);
    assert.equal(ctx.gas.used, mode === "check" ? 0n : 3n);
  }
  requireRefused(() => submitMessage(setup()(), unknown), roothash.ErrInvalidRuntime);
});
