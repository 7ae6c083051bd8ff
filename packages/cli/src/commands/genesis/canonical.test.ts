import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { utf8 } from "@wadi/util";

import { CanonicalComparison, type ComparisonLimits, type Difference } from "./canonical.ts";

const lines = (count: number, changed?: number): string =>
  Array.from({ length: count }, (_, i) => (i + 1 === changed ? "changed" : `line ${i + 1}`))
    .join("\n")
    .concat("\n");

async function compare(
  file: string,
  canonical: string,
  pieceBytes = 7,
  limits?: ComparisonLimits,
): Promise<Difference | undefined> {
  const comparison = new CanonicalComparison(utf8(file), limits);
  const bytes = utf8(canonical);
  for (let at = 0; at < bytes.length; at += pieceBytes) comparison.write(bytes.subarray(at, at + pieceBytes));
  return comparison.difference();
}

test("equal texts, in pieces of any size", async () => {
  for (const size of [1, 3, 1000]) assert.equal(await compare(lines(30), lines(30), size), undefined);
  assert.equal(await compare("", ""), undefined);
});

test("the diff has three lines of context and the file's line numbers", async () => {
  const difference = await compare(lines(30, 20), lines(30));
  assert.equal(difference?.line, 20);
  assert.equal(
    difference.unified,
    "--- Actual\n+++ Canonical\n@@ -17,7 +17,7 @@\n line 17\n line 18\n line 19\n-changed\n+line 20\n line 21\n line 22\n line 23\n",
  );
});

test("a difference in the first line, in the last, and at the end", async () => {
  assert.match(
    (await compare(lines(5, 1), lines(5)))?.unified ?? "",
    /^--- Actual\n\+\+\+ Canonical\n@@ -1,4 \+1,4 @@\n-changed\n\+line 1\n/,
  );
  assert.equal((await compare(lines(5, 5), lines(5)))?.line, 5);
  const missing = await compare(lines(5), lines(6));
  assert.deepEqual([missing?.line, missing?.actual, missing?.canonical], [6, undefined, "line 6"]);
  const surplus = await compare(lines(6), lines(5));
  assert.deepEqual([surplus?.line, surplus?.actual, surplus?.canonical], [6, "line 6", undefined]);
  const noNewline = await compare(lines(5).trimEnd(), lines(5));
  assert.match(noNewline?.unified ?? "", /-line 5\n\\ No newline at end of file\n\+line 5\n/);
});

test("texts beyond the limits get their first difference only", async () => {
  const limits = { tailBytes: 40, edits: 100 };
  const long = await compare(lines(30, 10), lines(30), 7, limits);
  assert.deepEqual(long, { line: 10, actual: "changed", canonical: "line 10", unified: undefined });
  const late = await compare(lines(30, 29), lines(30), 7, limits);
  assert.notEqual(late?.unified, undefined);
  const different = await compare(lines(30).replaceAll("line", "word"), lines(30), 7, { tailBytes: 1 << 20, edits: 5 });
  assert.deepEqual(different, { line: 1, actual: "word 1", canonical: "line 1", unified: undefined });
});

test("a long line is cut where it is shown alone", async () => {
  const difference = await compare("x".repeat(5000), "y".repeat(5000), 64, { tailBytes: 100, edits: 1 });
  assert.match(difference?.actual ?? "", /^x{100,200}$/);
  const whole = await compare("x".repeat(5000), "y".repeat(5000), 64, { tailBytes: 10_000, edits: 1 });
  assert.equal(whole?.canonical, `${"y".repeat(200)}...`);
});

test("a difference is found exactly where texts differ", async () => {
  const text = fc.array(fc.constantFrom("a", "b", "\n"), { maxLength: 40 }).map((cs) => cs.join(""));
  await fc.assert(
    fc.asyncProperty(text, text, fc.integer({ min: 1, max: 9 }), async (file, canonical, size) => {
      const difference = await compare(file, canonical, size);
      assert.equal(difference === undefined, file === canonical);
      if (difference === undefined) return;
      let common = 0;
      while (common < file.length && file[common] === canonical[common]) common++;
      assert.equal(difference.line, file.slice(0, common).split("\n").length);
    }),
  );
});
