import assert from "node:assert/strict";
import { test } from "node:test";

import { Crowd } from "./crowd.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const TURN_MS = 5;

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a crowd enters in order, and one that comes alone at once", async () => {
  const crowd = new Crowd(TURN_MS);
  let entered: readonly number[] = [];
  const enter = (i: number): void => {
    entered = [...entered, i];
    if (i === 1) crowd.enter(() => enter(4));
  };
  crowd.enter(() => busy(TURN_MS));
  for (let i = 0; i < 4; i++) crowd.enter(() => enter(i));
  assert.deepEqual(entered, [], "the time of this turn is over");
  while (entered.length < 5) await turn();
  assert.deepEqual(entered, [0, 1, 2, 3, 4]);
  await turn();
  await turn();
  crowd.enter(() => enter(5));
  assert.equal(entered.length, 6);
});

test("a turn ends with what was begun in its time, promises included", async () => {
  const crowd = new Crowd(TURN_MS);
  let begun = 0;
  for (const work of [
    () => busy(2 * TURN_MS),
    () => void Promise.resolve().then(() => busy(2 * TURN_MS)),
    () => process.nextTick(() => busy(2 * TURN_MS)),
  ]) {
    crowd.enter(() => busy(TURN_MS));
    for (let i = 0; i < 5; i++) {
      crowd.enter(() => {
        begun++;
        work();
      });
    }
    for (const goal = begun + 5; begun < goal;) {
      const last = begun;
      await turn();
      assert.ok(begun <= last + 1, "one in each turn");
    }
    await turn();
    await turn();
  }
  assert.equal(begun, 15);
});
