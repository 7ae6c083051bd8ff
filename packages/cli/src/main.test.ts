import assert from "node:assert/strict";
import { test } from "node:test";

import { StringOutput } from "./io.ts";
import { main } from "./main.ts";
import { versionText } from "./version.ts";

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const stdout = new StringOutput();
  const stderr = new StringOutput();
  const code = await main(argv, { stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

test("--version", async () => {
  assert.deepEqual(await run("--version"), { code: 0, stdout: versionText(), stderr: "" });
  assert.deepEqual(await run("-v"), { code: 0, stdout: versionText(), stderr: "" });
  assert.deepEqual(await run("--debug.allow_test_keys", "--version"), { code: 0, stdout: versionText(), stderr: "" });
  assert.equal((await run("genesis", "--version")).code, 1);
});

test("an unknown command is the reference's error", async () => {
  assert.deepEqual(await run("nope"), {
    code: 1,
    stdout: "",
    stderr: 'Error: unknown command "nope" for "oasis-node"\nRun \'oasis-node --help\' for usage.\n',
  });
});

test("a misspelt command or flag gets a suggestion", async () => {
  const command = await run("gensis");
  assert.equal(command.code, 1);
  assert.match(
    command.stderr,
    /^Error: unknown command "gensis" for "oasis-node"\n\nDid you mean this\?\n\tgenesis\n\nRun/,
  );
  const nested = await run("genesis", "chek");
  assert.equal(nested.code, 1);
  assert.match(nested.stderr, /unknown command "chek" for "oasis-node genesis"\n\nDid you mean this\?\n\tcheck\n/);
  const flag = await run("genesis", "check", "--genesis.fil", "x");
  assert.equal(flag.code, 1);
  assert.match(flag.stderr, /^Error: unknown flag: --genesis\.fil\n\nDid you mean this\?\n\t--genesis\.file\n/);
});

test("wrong usage exits with 1, says what is wrong and where help is", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["genesis", "check", "-g"], /argument missing\nRun 'oasis-node genesis check --help'/],
    [["genesis", "check", "extra"], /too many arguments/],
    [
      ["genesis", "check", "--debug.dont_blame_oasis=maybe"],
      /invalid argument "maybe" for "--debug\.dont_blame_oasis" flag/,
    ],
    [["genesis", "check", "--nonsense"], /unknown flag: --nonsense/],
    [["--nonsense"], /unknown flag: --nonsense/],
  ];
  for (const [argv, message] of cases) {
    const { code, stdout, stderr } = await run(...argv);
    assert.equal(code, 1, argv.join(" "));
    assert.equal(stdout, "", argv.join(" "));
    assert.match(stderr, message);
  }
});

test("help goes to standard output and hides debug flags", async () => {
  for (const argv of [["--help"], ["-h"], ["genesis"], ["genesis", "--help"], ["genesis", "check", "-h"]]) {
    const { code, stdout, stderr } = await run(...argv);
    assert.equal(code, 0, argv.join(" "));
    assert.equal(stderr, "", argv.join(" "));
    assert.match(stdout, /^Usage: oasis-node/);
    assert.doesNotMatch(stdout, /--debug/);
  }
  assert.match((await run("genesis", "check", "--help")).stdout, /-g, --genesis\.file <file> {2}path to genesis file/);
  // A default that stands for no value is told in words or not at all.
  assert.doesNotMatch((await run("debug", "replay", "--help")).stdout, /default: ""/);
});
