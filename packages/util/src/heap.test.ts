import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { Heap } from "./heap.ts";

test("items come out in order, whatever was dropped in between", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.nat(), fc.boolean())), (steps) => {
      const heap = new Heap<{ readonly key: number }>((a, b) => a.key < b.key);
      const model: { readonly key: number }[] = [];
      for (const [key, pick, drops] of steps) {
        const victim = model[pick % Math.max(1, model.length)];
        if (drops && victim !== undefined) {
          model.splice(model.indexOf(victim), 1);
          assert.equal(heap.delete(victim), true);
          assert.equal(heap.delete(victim), false);
        } else {
          const item = { key };
          model.push(item);
          heap.push(item);
        }
        assert.equal(heap.size, model.length);
        assert.equal(heap.peek()?.key, model.length === 0 ? undefined : Math.min(...model.map((i) => i.key)));
      }
      const out = Array.from({ length: model.length }, () => heap.pop()?.key);
      assert.deepEqual(
        out,
        model.map((i) => i.key).sort((a, b) => a - b),
      );
      assert.equal(heap.pop(), undefined);
    }),
  );
});
