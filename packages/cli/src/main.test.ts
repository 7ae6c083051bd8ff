import assert from "node:assert/strict";
import { test } from "node:test";

import type { CommandNode } from "./command.ts";
import { root } from "./commands/root.ts";
import { runCli } from "./testing/run-cli.ts";
import { versionText } from "./version.ts";

test("--version", async () => {
  assert.deepEqual(await runCli("--version"), { code: 0, out: versionText(), err: "" });
  assert.deepEqual(await runCli("-v"), { code: 0, out: versionText(), err: "" });
  assert.deepEqual(await runCli("--debug.allow_test_keys", "--version"), { code: 0, out: versionText(), err: "" });
  assert.equal((await runCli("genesis", "--version")).code, 1);
});

test("an unknown command is the reference's error", async () => {
  assert.deepEqual(await runCli("nope"), {
    code: 1,
    out: "",
    err: 'Error: unknown command "nope" for "oasis-node"\nRun \'oasis-node --help\' for usage.\n',
  });
});

test("a misspelt command or flag gets a suggestion", async () => {
  const command = await runCli("gensis");
  assert.equal(command.code, 1);
  assert.match(
    command.err,
    /^Error: unknown command "gensis" for "oasis-node"\n\nDid you mean this\?\n\tgenesis\n\nRun/,
  );
  const nested = await runCli("genesis", "chek");
  assert.equal(nested.code, 1);
  assert.match(nested.err, /unknown command "chek" for "oasis-node genesis"\n\nDid you mean this\?\n\tcheck\n/);
  const flag = await runCli("genesis", "check", "--genesis.fil", "x");
  assert.equal(flag.code, 1);
  assert.match(flag.err, /^Error: unknown flag: --genesis\.fil\n\nDid you mean this\?\n\t--genesis\.file\n/);
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
    [["help", "nonsense"], /unknown help topic "nonsense" for "oasis-node"/],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = await runCli(...argv);
    assert.equal(code, 1, argv.join(" "));
    assert.equal(out, "", argv.join(" "));
    assert.match(err, message);
  }
});

test("help goes to standard output and hides debug flags", async () => {
  const asked = [
    "--help",
    "-h",
    "help",
    "help genesis",
    "genesis",
    "genesis --help",
    "genesis help check",
    "genesis check -h",
  ];
  for (const argv of asked.map((line) => line.split(" "))) {
    const { code, out, err } = await runCli(...argv);
    assert.equal(code, 0, argv.join(" "));
    assert.equal(err, "", argv.join(" "));
    assert.match(out, /^Usage: oasis-node/);
    assert.doesNotMatch(out, /--debug/);
  }
  assert.match((await runCli("genesis", "check", "--help")).out, /-g, --genesis\.file <file> {2}path to genesis file/);
  // A default that stands for no value is told in words or not at all.
  assert.doesNotMatch((await runCli("debug", "replay", "--help")).out, /default: ""/);
});

const examplesOf = (node: CommandNode): readonly string[] => [...node.examples, ...node.commands.flatMap(examplesOf)];

test("examples of help texts are command lines that there are", async () => {
  const examples = examplesOf(root);
  assert.ok(examples.length > 5);
  for (const example of examples) {
    const [program, ...argv] = example.replaceAll(/'[^']*'/g, "quoted").split(" ");
    assert.equal(program, "oasis-node");
    // Wrong flags and arguments would be told; this ends before anything is done.
    const { code, err } = await runCli(...argv, "--help");
    assert.deepEqual([code, err], [0, ""], example);
    const flags = argv.filter((argument) => argument.startsWith("-"));
    const { out } = await runCli(...argv.filter((argument) => !argument.startsWith("-")), "--help");
    for (const flag of flags) assert.ok(out.includes(flag), `${example}: ${flag}`);
  }
});
