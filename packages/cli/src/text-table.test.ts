import assert from "node:assert/strict";
import { test } from "node:test";
import { loadVector } from "@wadi/testing";
import { must } from "@wadi/util";

import { textTable } from "./text-table.ts";

interface Run {
  readonly command: string;
  readonly stdout: string;
}

const file = loadVector<{ readonly runs: readonly Run[] }>("node/node_command_outputs");

test("a recorded table comes out the same", { skip: file === undefined }, () => {
  const { stdout } = must(file?.runs.find(({ command }) => command.includes("runtime-stats")));
  const recorded = stdout.slice(stdout.indexOf("|"));
  const [head = [], , ...rows] = recorded
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  const cells = rows.map(([id = "", ...counts]) => [id, ...counts.map(Number)]);
  const titles = head.map((title) => title.toLowerCase());
  assert.equal(textTable(titles, cells), recorded);
});

test("a table without rows is as wide as its head", () => {
  assert.equal(textTable(["a", "bcd"], []), "| A | BCD |\n|---|-----|\n");
});
