import assert from "node:assert/strict";
import { test } from "node:test";
import { registerError, isError } from "@wadi/util";

import { testContext } from "../testing/context.ts";
import { CorruptedStateError, NoSubscribersError, isRefusal, refuse, refusePlain } from "./errors.ts";
import { MessageBus, messageKind, subscribe } from "./messages.ts";

const question = messageKind<number, string>("test/question");
const sameName = messageKind<number, string>("test/question");
const errTest = registerError("wadi test/messages", 1, "test refusal");
const ctx = testContext();

test("all subscribers are called in order, one may answer", () => {
  const bus = new MessageBus();
  const calls: number[] = [];
  bus.add(subscribe(question, (_ctx, data) => void calls.push(data)));
  bus.add(subscribe(question, (_ctx, data) => (calls.push(data + 1), "taken")));
  bus.add(subscribe(question, (_ctx, data) => void calls.push(data + 2)));
  assert.equal(bus.publish(ctx, question, 10), "taken");
  assert.deepEqual(calls, [10, 11, 12]);
});

test("nobody answering is no error, nobody subscribing is one", () => {
  const bus = new MessageBus();
  assert.throws(() => bus.publish(ctx, question, 1), NoSubscribersError);
  bus.add(subscribe(sameName, () => "other kind"));
  assert.throws(() => bus.publish(ctx, question, 1), NoSubscribersError);
  bus.add(
    subscribe(question, () => undefined),
    () => false,
  );
  assert.throws(() => bus.publish(ctx, question, 1), NoSubscribersError);
  bus.add(subscribe(question, () => undefined));
  assert.equal(bus.publish(ctx, question, 1), undefined);
});

test("a refusal does not keep the others from being called, and its pair is found among several", () => {
  const bus = new MessageBus();
  let called = false;
  bus.add(subscribe(question, () => refusePlain("no pair")));
  bus.add(subscribe(question, () => refuse(errTest, "with a pair")));
  bus.add(subscribe(question, () => ((called = true), "answer")));
  assert.throws(
    () => bus.publish(ctx, question, 1),
    (e) => isError(e, errTest) && isRefusal(e),
  );
  assert.ok(called);
});

test("two answers are a bug", () => {
  const bus = new MessageBus();
  bus.add(subscribe(question, () => "one"));
  bus.add(subscribe(question, () => "two"));
  assert.throws(() => bus.publish(ctx, question, 1), /more than one answer/);
});

test("what is no refusal passes at once", () => {
  const bus = new MessageBus();
  bus.add(
    subscribe(question, () => {
      throw new CorruptedStateError("broken");
    }),
  );
  bus.add(subscribe(question, () => assert.fail("must not be called")));
  assert.throws(() => bus.publish(ctx, question, 1), CorruptedStateError);
});
