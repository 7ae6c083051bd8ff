import assert from "node:assert/strict";
import { test } from "node:test";

import { type FlagOption, flagsOf, InvalidFlagError, normalizeArguments } from "./option-table.ts";

const options: readonly FlagOption[] = [
  { kind: "boolean", name: "debug.x", text: "" },
  { kind: "string", name: "genesis.file", short: "g", placeholder: "file", default: "", text: "" },
];

test("flags as commander wants them", () => {
  assert.deepEqual(options.map(flagsOf), ["--debug.x", "-g, --genesis.file <file>"]);
});

test("booleans take a value after =, as the reference's flags do", () => {
  for (const yes of ["1", "t", "T", "true", "TRUE", "True"]) {
    assert.deepEqual(normalizeArguments([`--debug.x=${yes}`], options), ["--debug.x"]);
  }
  for (const no of ["0", "f", "F", "false", "FALSE", "False"]) {
    assert.deepEqual(normalizeArguments([`--debug.x=${no}`], options), []);
  }
  assert.throws(() => normalizeArguments(["--debug.x=yes"], options), InvalidFlagError);
});

test("other arguments pass, and nothing is touched after --", () => {
  const argv = ["genesis", "--genesis.file=a=b", "-g", "x", "--", "--debug.x=0", "-g=y"];
  assert.deepEqual(normalizeArguments(argv, options), argv);
  assert.deepEqual(normalizeArguments(["-g=a=b"], options), ["-g", "a=b"]);
});
