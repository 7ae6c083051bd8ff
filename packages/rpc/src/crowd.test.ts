import assert from "node:assert/strict";
import { test } from "node:test";

import { Crowd } from "./crowd.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("a crowd enters in order, some in each turn, and a single one at once", async () => {
  const crowd = new Crowd(3);
  const entered: number[] = [];
  for (let i = 0; i < 8; i++) crowd.enter(() => entered.push(i));
  assert.deepEqual(entered, [0, 1, 2]);
  await turn();
  assert.deepEqual(entered, [0, 1, 2, 3, 4, 5]);
  crowd.enter(() => entered.push(8));
  await turn();
  assert.deepEqual(entered, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await turn();
  await turn();
  crowd.enter(() => entered.push(9));
  assert.equal(entered.at(-1), 9);
});
