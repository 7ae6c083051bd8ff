import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hash } from "@wadi/types";

import { BatchCaution } from "./batch-caution.ts";

const hash = (i: number): Hash => i.toString(16).padStart(64, "0") as Hash;

test("one transaction among many that no runtime survives is found and goes, and no other", () => {
  for (const [count, bad] of [
    [1, 0],
    [2, 1],
    [100, 0],
    [100, 57],
    [1000, 999],
  ] as const) {
    const caution = new BatchCaution();
    let queue = Array.from({ length: count }, (_, i) => hash(i));
    const gone: Hash[] = [];
    let failures = 0;
    while (queue.length > 0) {
      const batch = queue.slice(0, caution.limit);
      if (!batch.includes(hash(bad))) {
        caution.succeeded();
        queue = queue.slice(batch.length);
        continue;
      }
      failures++;
      const guilty = caution.failed(batch);
      if (guilty === undefined) continue;
      gone.push(guilty);
      queue = queue.filter((one) => one !== guilty);
    }
    assert.deepEqual(gone, [hash(bad)]);
    assert.ok(failures <= 16, `${failures} batches are lost`);
  }
});

test("a runtime that is ended once by something else costs no transaction", () => {
  const caution = new BatchCaution();
  assert.ok(caution.allowsMore);
  assert.equal(caution.failed([hash(1), hash(2)]), undefined);
  assert.equal(caution.limit, 1);
  assert.equal(caution.failed([hash(1)]), undefined);
  caution.succeeded();
  caution.succeeded();
  assert.ok(!caution.allowsMore);
  assert.equal(caution.failed([hash(1)]), undefined, "others were with it");
  assert.equal(caution.failed([hash(1)]), undefined);
  assert.equal(caution.limit, 0);
  caution.succeeded();
  assert.equal(caution.limit, 1);
  for (let i = 0; i < 7; i++) caution.succeeded();
  assert.ok(caution.allowsMore);
  assert.equal(caution.failed([]), undefined);
});

test("a runtime that fails at batches of nothing too costs no transaction", () => {
  const caution = new BatchCaution();
  const fail = (): Hash | undefined => caution.failed([hash(1), hash(2)].slice(0, caution.limit));
  for (let i = 0; i < 20; i++) assert.equal(fail(), undefined);
  assert.equal(caution.limit, 0, "nothing else is tried before a trial comes through");
  caution.succeeded();
  assert.equal(fail(), undefined, "what was before does not count");
  caution.succeeded();
  assert.equal(fail(), hash(1));
});
