import assert from "node:assert/strict";
import { test } from "node:test";
import { Dice } from "@wadi/testing";
import { Disk } from "../testing/sim/disk.ts";
import { DatabaseFile, SimDatabase } from "../testing/sim/sim-database.ts";
import { StagingDatabase } from "./staging-database.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function arrange() {
  const disk = new Disk(new Dice("staging"));
  const below = new SimDatabase(new DatabaseFile(), disk);
  return { disk, below, staging: new StagingDatabase(below) };
}

test("what is staged is seen at once and written with the next transaction, in one", () => {
  const { disk, below, staging } = arrange();
  staging.stage((batch) => {
    batch.put(bytes(1), bytes(10));
    batch.put(bytes(2), bytes(20));
  });
  assert.deepEqual(staging.get(bytes(1)), bytes(10));
  assert.equal(below.get(bytes(1)), undefined);
  assert.equal(disk.writes, 0);
  const seen = staging.write((batch) => {
    batch.put(bytes(3), bytes(30));
    return batch.get(bytes(2));
  });
  assert.deepEqual(seen, bytes(20));
  assert.deepEqual(
    [1, 2, 3].map((key) => below.get(bytes(key))?.[0]),
    [10, 20, 30],
  );
  assert.equal(disk.writes, 1);
});

test("later values win, deletions included, and callers keep their buffers", () => {
  const { below, staging } = arrange();
  below.write((batch) => batch.put(bytes(1), bytes(1)));
  const value = bytes(5);
  staging.stage((batch) => batch.put(bytes(1), value));
  value[0] = 6;
  assert.deepEqual(staging.get(bytes(1)), bytes(5));
  (staging.get(bytes(1)) as Uint8Array)[0] = 7;
  assert.deepEqual(staging.get(bytes(1)), bytes(5));
  staging.stage((batch) => batch.delete(bytes(1)));
  assert.equal(staging.get(bytes(1)), undefined);
  assert.deepEqual(below.get(bytes(1)), bytes(1));
  staging.flush();
  assert.equal(below.get(bytes(1)), undefined);
});

test("a transaction that fails keeps what was staged for the next one", () => {
  const { below, staging } = arrange();
  staging.stage((batch) => batch.put(bytes(1), bytes(1)));
  assert.throws(() =>
    staging.write(() => {
      throw new Error("no");
    }),
  );
  assert.equal(below.get(bytes(1)), undefined);
  assert.deepEqual(staging.get(bytes(1)), bytes(1));
  staging.flush();
  assert.deepEqual(below.get(bytes(1)), bytes(1));
  assert.deepEqual(Array.from(staging.keys()), [bytes(1)]);
});

test("a flush of nothing writes nothing", () => {
  const { disk, staging } = arrange();
  staging.flush();
  assert.equal(disk.writes, 0);
});
