import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ArrivalOrder, PriorityOrder } from "./tx-order.ts";

interface Item {
  readonly arrival: number;
  readonly priority: number;
}

test("property: both orders are the sorted list, whatever left before", () => {
  const steps = fc.array(fc.record({ priority: fc.nat(9), leaves: fc.option(fc.nat()) }), {
    minLength: 100,
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, fc.nat(400), (list, from) => {
      const arrivals = new ArrivalOrder<Item>();
      const priorities = new PriorityOrder<Item>();
      const model: Item[] = [];
      for (const [arrival, { priority, leaves }] of list.entries()) {
        const item = { arrival, priority };
        arrivals.add(item);
        priorities.add(item);
        model.push(item);
        if (leaves === null) continue;
        const [gone] = model.splice(leaves % model.length, 1);
        arrivals.remove(gone as Item);
        priorities.remove(gone as Item);
      }
      const expected = model.toSorted((a, b) => b.priority - a.priority || a.arrival - b.arrival);
      assert.deepEqual([...priorities], expected);
      assert.deepEqual([...priorities.fromLast()], expected.toReversed());
      assert.equal(
        arrivals.after(from),
        model.find(({ arrival }) => arrival > from),
      );
      const walked: Item[] = [];
      for (let item = arrivals.after(-1); item; item = arrivals.after(item.arrival)) walked.push(item);
      assert.deepEqual(walked, model);
    }),
    { numRuns: 50 },
  );
});

test("what is not in an order cannot be removed, and arrivals ascend", () => {
  const arrivals = new ArrivalOrder<Item>();
  const priorities = new PriorityOrder<Item>();
  const item = { arrival: 3, priority: 1 };
  arrivals.add(item);
  priorities.add(item);
  assert.throws(() => arrivals.remove({ ...item }));
  assert.throws(() => priorities.remove({ ...item }));
  assert.throws(() => arrivals.add({ ...item }));
});
