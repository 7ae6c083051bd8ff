import assert from "node:assert/strict";
import { test } from "node:test";
import { must } from "@wadi/util";

import { live, type Tell } from "./live.ts";

/** A stream whose source a test is; `isWatched` while somebody listens. */
function setUp(first?: () => Iterable<number>) {
  const controller = new AbortController();
  const source: { tell: Tell<number> | undefined } = { tell: undefined };
  const subscribe = (tell: Tell<number>): (() => void) => {
    source.tell = tell;
    return () => (source.tell = undefined);
  };
  const stream = live(subscribe, controller.signal, first);
  return {
    controller,
    stream,
    tell: (...items: number[]) => must(source.tell)(() => items),
    fail: (error: Error) =>
      must(source.tell)(() => {
        throw error;
      }),
    isWatched: () => source.tell !== undefined,
  };
}

test("how things are comes first, and nothing is lost while it is read", async () => {
  const { isWatched, stream, tell } = setUp(() => [1, 2]);
  assert.equal((await stream.next()).value, 1);
  tell(3);
  tell(4, 5);
  const rest = [];
  for (let i = 0; i < 4; i++) rest.push((await stream.next()).value);
  assert.deepEqual(rest, [2, 3, 4, 5]);
  await stream.return(undefined);
  assert.equal(isWatched(), false);
});

test("items that cannot be made end their stream, after what waits, and nothing else", async () => {
  const { fail, isWatched, stream, tell } = setUp(() => [0]);
  await stream.next();
  tell(1);
  fail(new Error("the state is not kept"));
  tell(2);
  assert.equal((await stream.next()).value, 1);
  await assert.rejects(stream.next(), { message: "the state is not kept" });
  assert.equal(isWatched(), false);
});

test("a reader that is too slow is ended", async () => {
  const { stream, tell } = setUp(() => [0]);
  await stream.next();
  for (let i = 0; i < 2000; i++) tell(i);
  const read: number[] = [];
  await assert.rejects(
    async () => {
      for await (const item of stream) read.push(item);
    },
    { message: "the reader is too slow" },
  );
  assert.ok(read.length > 0 && read.length < 2000);
  assert.deepEqual(
    read,
    Array.from(read, (_, i) => i),
  );
});

test("a stream ends with its signal, also while it waits", async () => {
  const { controller, isWatched, stream } = setUp();
  const next = stream.next();
  controller.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(isWatched(), false);
});
