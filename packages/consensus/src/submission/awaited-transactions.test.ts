import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseDeliverTx } from "@wadi/comet-types";
import { staking } from "@wadi/types";
import { WadiError, isError } from "@wadi/util";

import { AwaitedTransactions } from "./awaited-transactions.ts";

const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
const ok = ResponseDeliverTx.create();
const { module, code } = staking.ErrInsufficientBalance;
const failed = ResponseDeliverTx.create({ code, codespace: module, log: "too poor" });
const nothing = (): void => undefined;

test("a transaction in a block resolves with its place; others go on waiting", async () => {
  const awaited = new AwaitedTransactions();
  const [first, again, second] = [a, a, b].map((raw) => awaited.submit(raw, nothing));
  awaited.included(5, [b, a], [ok, ok]);
  assert.deepEqual(await Promise.all([first, again]), [
    { height: 5, index: 1 },
    { height: 5, index: 1 },
  ]);
  assert.deepEqual(await second, { height: 5, index: 0 });
  assert.equal(awaited.size, 0);
});

test("one that is in a block before it was sent completely is not missed", async () => {
  const awaited = new AwaitedTransactions();
  assert.deepEqual(await awaited.submit(a, () => awaited.included(9, [a], [ok])), { height: 9, index: 0 });
});

test("failures: in its block, before it, when sending, by the signal", async () => {
  const awaited = new AwaitedTransactions();
  const inBlock = awaited.submit(a, nothing);
  awaited.included(5, [a], [failed]);
  await assert.rejects(inBlock, (e) => isError(e, staking.ErrInsufficientBalance) && /too poor/.test(String(e)));
  const before = awaited.submit(a, nothing);
  awaited.invalidated(b, new Error("of another transaction"));
  awaited.invalidated(a, new WadiError(staking.ErrInsufficientBalance));
  await assert.rejects(before, (e) => isError(e, staking.ErrInsufficientBalance));
  const sending = awaited.submit(a, () => {
    throw new Error("full");
  });
  await assert.rejects(sending, /full/);
  const controller = new AbortController();
  const aborted = awaited.submit(a, nothing, controller.signal);
  controller.abort(new Error("stopped"));
  await assert.rejects(aborted, /stopped/);
  await assert.rejects(
    awaited.submit(a, () => assert.fail("not sent"), controller.signal),
    /stopped/,
  );
  assert.equal(awaited.size, 0);
});
