import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { checkSchedule } from "./app.ts";

test("every interval has one check, at a height that chance picks", () => {
  const arbitrary = fc.tuple(fc.integer({ min: 2, max: 20 }), fc.array(fc.nat(), { minLength: 12, maxLength: 12 }));
  fc.assert(
    fc.property(arbitrary, ([interval, chances]) => {
      const left = [...chances];
      const isDue = checkSchedule({ interval, random: (bound) => (left.shift() ?? 0) % bound });
      const due: number[] = [];
      for (let height = interval; height < 10 * interval; height++) if (isDue(height)) due.push(height);
      assert.deepEqual(
        due,
        chances.slice(0, 9).map((chance, i) => (i + 1) * interval + (chance % interval)),
      );
    }),
  );
});

test("a node that starts inside an interval picks from what is left of it", () => {
  const bounds: number[] = [];
  const isDue = checkSchedule({
    interval: 10,
    random: (bound) => {
      bounds.push(bound);
      return bound - 1;
    },
  });
  assert.deepEqual([isDue(37), isDue(38), isDue(39), isDue(40)], [false, false, true, false]);
  assert.deepEqual(bounds, [3, 10]);
});

test("every height, apart from the second block", () => {
  const isDue = checkSchedule({ interval: 1, random: () => 0 });
  assert.deepEqual([0, 1, 2, 3].map(isDue), [true, false, true, true]);
});
