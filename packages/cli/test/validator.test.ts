import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { testGenesis, testIdentity } from "@wadi/consensus/testing";
import { genesis } from "@wadi/types";
import { runCli } from "../src/testing/run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-validator-command-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const flags = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"] as const;
const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const document = join(scratch, "genesis.json");
const dataDir = join(scratch, "data");
testIdentity(dataDir, "a");
writeFileSync(document, genesis.printGenesis(testGenesis({ validators: ["a"], epochInterval: 10n })));
const common = ["--genesis", document, "--data-dir", dataDir] as const;

const run = (...args: readonly string[]) => runCli("debug", ...args, ...flags);

test("a validator runs until Ctrl-C, and what it made is exported and replays", async () => {
  const child = spawn(process.execPath, [
    "--conditions=wadi-source",
    program,
    "debug",
    "validator",
    ...common,
    ...flags,
  ]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    // The first line comes with the first block. A second signal would end the process at once.
    if (out === "") child.kill("SIGINT");
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  assert.deepEqual([code, signal, err], [0, null, ""]);
  assert.match(out, /stopped; last block: height \d+\n$/);

  const halted = await run("validator", ...common, "--halt-height", "14");
  assert.deepEqual([halted.code, halted.err], [0, ""]);
  assert.match(halted.out, /halted; last block: height 13\n$/);

  const chain = join(scratch, "chain.jsonl.gz");
  const exported = await run("export-chain", ...common, "--output", chain);
  assert.deepEqual(exported, { code: 0, out: "13 blocks from height 1 on\n", err: "" });
  const replayed = await run("replay", "--genesis", document, "--chain", chain);
  assert.deepEqual([replayed.code, replayed.err], [0, ""]);
  assert.match(replayed.out, /^13 blocks with \d+ transactions agree/);
  const { out: plain } = await run("export-chain", ...common, "--output", "");
  assert.equal(plain, gunzipSync(readFileSync(chain)).toString("utf8"));
});

test("what cannot be used is named", async () => {
  assert.match((await run("validator", "--genesis", document)).err, /--data-dir says where/);
  assert.match((await run("validator", ...common, "--halt-height", "soon")).err, /--halt-height takes a whole number/);
  assert.match((await run("validator", ...common, "--keep-versions", "0")).err, /a number above 0/);
  assert.match((await run("export-chain", "--genesis", document)).err, /--data-dir says whose/);
  const nowhere = await run("export-chain", "--genesis", document, "--data-dir", join(scratch, "nowhere"));
  assert.match(nowhere.err, /^Error: the data directory holds no chain: there is no .*nowhere/);
});

test("a genesis document of another network is refused and the directory left as it was", async () => {
  const other = join(scratch, "other.json");
  writeFileSync(other, genesis.printGenesis(testGenesis({ validators: ["a", "b"] })));
  for (const command of ["validator", "export-chain"]) {
    const { code, err } = await run(command, "--genesis", other, "--data-dir", dataDir);
    assert.equal(code, 1);
    assert.match(err, /^Error: .*chain/);
  }
  const { out } = await run("validator", ...common, "--halt-height", "15");
  assert.match(out, /halted; last block: height 14\n$/);
});
