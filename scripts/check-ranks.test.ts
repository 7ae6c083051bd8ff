import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf } from "./source-files.ts";
import { checkRanks } from "./check-ranks.ts";

test("the tree keeps its ranks", () => {
  assert.deepEqual(checkRanks(), []);
});

test("imports are found in every form", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    'import "./c.ts";',
    "import {",
    "  d,",
    '} from "@wadi/util";',
    'export * from "./e.ts";',
    'export type { F } from "./f.ts";',
    'const g = await import("./g.ts");',
    '// import { h } from "./h.ts";',
    '/* import { i } from "./i.ts"; */',
  ].join("\n");
  assert.deepEqual(
    importsOf(text).map(({ specifier, typeOnly }) => [specifier, typeOnly]),
    [
      ["./a.ts", false],
      ["./b.ts", true],
      ["./c.ts", false],
      ["@wadi/util", false],
      ["./e.ts", false],
      ["./f.ts", true],
      ["./g.ts", false],
    ],
  );
});
