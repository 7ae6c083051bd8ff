import assert from "node:assert/strict";
import { test } from "node:test";

import { StringOutput } from "../../io.ts";
import type { NetworkFacts, RoundFacts } from "./facts.ts";
import { LiveView } from "./live-view.ts";
import { JsonView, PlainView } from "./view.ts";

const start = {
  socket: "/net/internal.sock",
  dataDir: undefined,
  runtimeId: "80",
  chainContext: "cc",
  bootMs: 1234,
  boot: [],
  isConfined: true,
};
const now: NetworkFacts = { height: 7, epoch: 2n, round: 3n, stateRoot: "aa", host: "ready", trouble: [] };
const round: RoundFacts = {
  round: 4n,
  height: 8,
  stateRoot: "bb",
  ioRoot: "cc",
  transactions: [
    { hash: "0123456789abcdef0123", input: Uint8Array.of(1), output: Uint8Array.of(0x61, 0x78), tags: ["k=v"] },
  ],
};

/** What a terminal shows after the text: lines that were gone back over are not there. */
function screen(text: string): string[] {
  const lines: string[] = [];
  // Each escape sequence goes so many lines back and clears what is below.
  for (const [i, part] of text
    .split("\x1b[J")
    .flatMap((piece) => piece.split("\x1b["))
    .entries()) {
    const back = i > 0 ? /^(\d+)F$/.exec(part)?.[1] : undefined;
    if (back === undefined) lines.push(...part.split("\n").slice(0, -1));
    else lines.splice(lines.length - Number(back));
  }
  return lines;
}

test("the panel stands below what is said once, and no line is wider than the terminal", () => {
  const [stdout, stderr] = [new StringOutput(), new StringOutput()];
  const view = new LiveView({ stdout, stderr }, () => 60);
  view.started(start, now);
  view.round(round, { ...now, height: 8, round: 4n });
  view.block({ ...now, height: 9, round: 4n });
  view.stopping();
  view.stopped();
  const lines = screen(stdout.text);
  assert.deepEqual(lines.slice(0, 4), [
    "localnet is up after 1.23 s: height 7, epoch 2",
    "  ParaTime  80, in its sandbox",
    "  socket    /net/internal.sock",
    "  data      forgotten at the end",
  ]);
  assert.deepEqual(lines.slice(4), [
    "",
    "height 9   epoch 2   round 4   ParaTime ready   transaction",
    '  round 4  0123456789abcdef…  "x"',
    "socket /net/internal.sock   Ctrl-C stops",
    "stopping",
    "stopped",
  ]);
  assert.equal(stderr.text, "");
});

test("what is wrong with the ParaTime stands in the panel while it lasts; in plain lines its changes do", () => {
  const loops = ["scheduling a batch of 1 transaction for 4 s (given up after 6 s)"];
  const later = ["scheduling a batch of 1 transaction for 5 s (given up after 6 s)"];
  const [stdout, plain, stderr] = [new StringOutput(), new StringOutput(), new StringOutput()];
  const view = new LiveView({ stdout, stderr }, () => 100);
  const lines = new PlainView({ stdout: plain, stderr });
  for (const one of [view, lines]) {
    one.started(start, now);
    one.block({ ...now, height: 8, trouble: loops });
    one.block({ ...now, height: 9, trouble: later });
  }
  view.stopping();
  assert.ok(screen(stdout.text).includes(`  ! ${later[0]}`));
  lines.block({ ...now, height: 10 });
  assert.deepEqual(plain.text.trimEnd().split("\n").slice(4), [`ParaTime ready; ${loops[0]}`, "ParaTime ready"]);
});

test("as JSON every line is an object with an event, and a block without news is not told", () => {
  const [stdout, stderr] = [new StringOutput(), new StringOutput()];
  const view = new JsonView({ stdout, stderr });
  view.started(start, now);
  view.block(now);
  view.round(round);
  view.block({ ...now, height: 9 });
  const events = stdout.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["started", "round", "block"],
  );
  assert.deepEqual(events[1]?.["transactions"], [
    { hash: "0123456789abcdef0123", input: "01", output: "6178", result: '"x"', tags: ["k=v"] },
  ]);
});
