import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { formatDuration, parseDuration } from "./duration.ts";
import { ConfigError, ValueError } from "./errors.ts";
import { defaultConfig, parseConfig } from "./load.ts";
import { substitute } from "./substitute.ts";

const refuses = (yaml: string, text: RegExp): void => {
  assert.throws(
    () => parseConfig(yaml, "F", {}),
    (e) => e instanceof ConfigError && text.test(e.message),
    yaml,
  );
};

test("without a file the defaults hold", () => {
  assert.deepEqual(parseConfig("", "F", {}), defaultConfig());
  assert.deepEqual(parseConfig("# nothing\n", "F", {}), defaultConfig());
  assert.equal(defaultConfig().mode, "client");
});

test("all problems are told at once, with their lines", () => {
  refuses(
    "mode: [a]\nfoo: 1\ncommon:\n  debug: {rlimit: x}\n",
    /line 1: cannot unmarshal !!seq into NodeMode\n {2}line 2: field foo .*\n {2}line 4: cannot unmarshal !!str `x` into uint64$/,
  );
});

test("aliases are followed, and not for ever", () => {
  const { p2p } = parseConfig('p2p:\n  seeds: &s ["a@b:1"]\n  connection_manager: {persistent_peers: *s}\n', "F", {});
  assert.deepEqual(p2p.connectionManager.persistentPeers, ["a@b:1"]);
  refuses(`p2p: {seeds: [&a x${", *a".repeat(200)}]}`, /excessive aliasing/);
  refuses("p2p: {seeds: *nowhere}", /nowhere/);
});

test("whatever the text, the answer is a configuration or a ConfigError", () => {
  const words = [
    "mode",
    "client",
    "runtime",
    "runtimes",
    "id",
    "- ",
    ": ",
    "\n  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "${",
    "}",
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words, '"', "~", "!!int ", "<<")).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      try {
        parseConfig(yaml, "F", { a: "b" });
      } catch (e) {
        assert.ok(e instanceof ConfigError, String(e));
      }
    }),
    { numRuns: 500 },
  );
});

test("variables of the environment", () => {
  const environment = { A: "1", EMPTY: "" };
  for (const [text, expected] of [
    ["$A ${A} $$A $1 $", "1 1 $A $1 $"],
    ["${B-x} ${B:-y} ${EMPTY-z} ${EMPTY:-w}", "x y  w"],
    ["${B=x} ${A+set} ${B+set} ${EMPTY:+set}", "x set  "],
    ["${B:-${A}}", "1"],
  ] as const) {
    assert.equal(substitute(text, environment), expected);
  }
  assert.throws(() => substitute("${A", environment), ValueError);
});

test("durations come back as they went out", () => {
  for (const text of ["2m0s", "720h0m0s", "1.5s", "250ms", "0s", "1h1m1s", "-3s"]) {
    assert.equal(formatDuration(parseDuration(text) ?? NaN), text);
  }
  for (const text of ["", "5", "s", "1x", "1h x", "--1s", "9999999h"])
    assert.equal(parseDuration(text), undefined, text);
  assert.equal(parseDuration("1h30m"), 5_400_000);
});
