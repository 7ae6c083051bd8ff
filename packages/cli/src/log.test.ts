import assert from "node:assert/strict";
import { test } from "node:test";

import { loadVector } from "@wadi/testing";

import { StringOutput } from "./io.ts";
import { formatRecord, Logger, type LogValue } from "./log.ts";

test("records print as the reference prints them", (t) => {
  const samples = loadVector<{ pairs: { logfmt: string[] } }>("node/log_samples");
  if (samples === undefined) {
    t.skip("conformance data are not at hand");
    return;
  }
  const lines = samples.pairs.logfmt;
  const records: readonly Readonly<Record<string, LogValue>>[] = [
    { level: "info", ts: "2026-11-22T11:48:09.871141965Z", caller: "main.go:27", module: "foo", msg: "info in foo" },
    {
      level: "error",
      ts: "2026-11-22T11:48:09.871199601Z",
      caller: "main.go:29",
      module: "foo/bar",
      msg: "err in foo/bar",
      err: new Error('wrap "q": x y'),
    },
  ];
  records.forEach((record, i) => assert.equal(formatRecord(record), lines[i]));
  for (const field of [
    "i=5",
    "f=1.5",
    'b="\\u0001\\u0002"',
    "nil=null",
    "e=plain",
    "empty=",
    'eq="a=b"',
    'nl="a\\nb"',
    "uni=ž",
  ]) {
    assert(lines[2]?.includes(` ${field} `), field);
  }
  const values = {
    i: 5n,
    f: 1.5,
    b: "\u0001\u0002",
    nil: null,
    e: "plain",
    empty: "",
    eq: "a=b",
    nl: "a\nb",
    uni: "ž",
  };
  assert.equal(formatRecord(values), 'i=5 f=1.5 b="\\u0001\\u0002" nil=null e=plain empty= eq="a=b" nl="a\\nb" uni=ž');
});

test("awkward values", () => {
  const cases: readonly (readonly [LogValue, string])[] = [
    ["null", '"null"'],
    ["back\\slash", "back\\slash"],
    ["a back\\slash", '"a back\\\\slash"'],
    ["tab\tcr\r", '"tab\\tcr\\r"'],
    ["\ufffd", '"\\ufffd"'],
    ["\u2028", "\u2028"],
    [true, "true"],
  ];
  for (const [value, text] of cases) assert.equal(formatRecord({ k: value }), `k=${text}`);
  assert.equal(formatRecord({ a: undefined, b: 1 }), "b=1");
});

test("a record has level, time, caller and module first; below the level it is dropped", () => {
  const output = new StringOutput();
  const now = (): Date => new Date("2026-11-22T11:55:11.660Z");
  const log = new Logger({ module: "cmd/test", output, now });
  log.error("it failed", { err: new Error("no") });
  assert.match(
    output.text,
    /^level=error ts=2026-11-22T11:55:11\.66Z caller=log\.test\.ts:\d+ module=cmd\/test msg="it failed" err=no\n$/,
  );
  const quiet = new StringOutput();
  new Logger({ module: "cmd/test", output: quiet, level: "error" }).warn("hm");
  assert.equal(quiet.text, "");
});
