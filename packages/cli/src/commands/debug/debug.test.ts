import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { chainBytes } from "@wadi/testing";
import { must } from "@wadi/util";
import { runCli, type CliOutcome } from "../../testing/run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-debug-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const flags = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"] as const;

function put(name: string, content: Uint8Array | string): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}

const chainText = Buffer.from(must(chainBytes("staking/chain.jsonl"))).toString("utf8");
const lines = chainText.split("\n").filter((line) => line !== "");
const document = put("genesis.json", must(chainBytes("staking/genesis.json")));
const otherDocument = put("other.json", must(chainBytes("paratime/genesis.json")));
const chain = put("chain.jsonl.gz", gzipSync(chainText));

const run = (...args: readonly string[]): Promise<CliOutcome> => runCli("debug", ...args, ...flags);

const replay = (file: string, ...more: readonly string[]): Promise<CliOutcome> =>
  run("replay", "--genesis", document, "--chain", file, ...more);

test("replay agrees with the recording, packed or not", async () => {
  const plain = put("chain.jsonl", chainText);
  for (const file of [chain, plain]) {
    const { code, out, err } = await replay(file);
    assert.equal(err, "");
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^${lines.length} blocks with 43 transactions agree`));
  }
});

test("replay continues its database, and ends where it is told", async () => {
  const folder = join(scratch, "data");
  const first = JSON.parse((await replay(chain, "--data-dir", folder, "--stop-at", "7", "--json")).out) as {
    height: number;
  };
  assert.equal(first.height, 7);
  const second = JSON.parse((await replay(chain, "--data-dir", folder, "--json")).out) as Record<string, unknown>;
  assert.deepEqual([second["agrees"], second["blocks"], second["height"]], [true, lines.length - 7, lines.length]);
  const { state_root: recorded } = JSON.parse(must(lines.at(-1))) as { state_root: string };
  assert.equal(second["stateRoot"], recorded);
});

test("a database of another network is refused and left as it was", async () => {
  const folder = join(scratch, "other-data");
  await replay(chain, "--data-dir", folder, "--stop-at", "3");
  const { code, err } = await run("replay", "--genesis", otherDocument, "--chain", chain, "--data-dir", folder);
  assert.equal(code, 1);
  assert.match(err, /state chain context does not match genesis file/);
  assert.equal((await replay(chain, "--data-dir", folder)).code, 0);
});

test("a damaged chain is refused before the database is made", async () => {
  const packed = gzipSync(chainText);
  const flipped = packed.map((byte, i) => (i === packed.length >> 1 ? byte ^ 0x55 : byte));
  const gap = [lines[0], lines[2]].join("\n");
  const undecodable = lines.map((line, i) =>
    i === 4 ? line.replace('"block": "', '"block": "AAAA').replace('"block":"', '"block":"AAAA') : line,
  );
  const cases: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
    ["cut", packed.subarray(0, packed.length >> 1), /the file is cut off/],
    ["flipped", flipped, /damaged|cut off|malformed/],
    ["not JSON", `${must(lines[0])}\n{`, /line 2: .*not JSON/],
    ["a gap", gap, /line 2: height 3 follows height 1/],
    ["a block that does not decode", undecodable.join("\n"), /line 5: malformed record of a block: block/],
    ["empty", "", /holds no block/],
  ];
  for (const [name, content, expected] of cases) {
    const folder = join(scratch, "never");
    const { code, err } = await replay(put("damaged", content), "--data-dir", folder);
    assert.equal(code, 1, name);
    assert.match(err, expected, name);
    assert.ok(!existsSync(folder), name);
  }
});

test("files and numbers that cannot be used are named", async () => {
  assert.match((await replay(join(scratch, "nowhere"))).err, /there is no file .*nowhere/);
  assert.match(
    (await run("replay", "--genesis", join(scratch, "nowhere"), "--chain", chain)).err,
    /failed to open genesis/,
  );
  assert.match((await replay(chain, "--stop-at", "soon")).err, /--stop-at takes a whole number, not "soon"/);
});

test("a chain must be a regular file with lines of bounded length", async () => {
  assert.match((await replay(scratch)).err, /^Error: .* is not a regular file\n$/);
  const pipe = join(scratch, "pipe");
  execFileSync("mkfifo", [pipe]);
  assert.match((await replay(pipe)).err, /^Error: .*pipe is not a regular file\n$/);
  const endless = put("endless.jsonl.gz", gzipSync(Buffer.alloc((1 << 26) + 1, "x")));
  assert.match((await replay(endless)).err, /has a line of more than 67108864 characters/);
});

test("folders that cannot hold the state are refused", async () => {
  const file = put("occupied", "");
  // /proc refuses new entries as if the parent were missing.
  for (const folder of [file, join(file, "below"), "/proc/wadi-nowhere"]) {
    const { code, err, out } = await replay(chain, "--data-dir", folder);
    assert.deepEqual([code, out], [1, ""], folder);
    assert.match(
      err,
      /^Error: .*: (ENOTDIR: not a directory|ENOENT: no such file or directory), mkdir .*(occupied|wadi-nowhere).*\n$/,
    );
  }
});

test("the first difference is told with the state keys that differ", async () => {
  const at = 7;
  const block = JSON.parse(must(lines[at])) as { state_root: string; writes: [string, string | null][] };
  block.state_root = "00".repeat(32);
  const write = must(block.writes.find(([, value]) => value !== null));
  write[1] = null;
  const bent = put("bent", lines.map((line, i) => (i === at ? JSON.stringify(block) : line)).join("\n"));
  const { code, out } = await replay(bent);
  assert.equal(code, 1);
  assert.match(out, /^height 8: state root differs\n {2}expected: 0{64}\n/);
  assert.match(out, /100_staking .*\n {2}expected: \(not there\)\n {2}actual: {3}\{/);
  assert.match(out, /7 blocks with \d+ transactions agree/);
  const told = JSON.parse((await replay(bent, "--json")).out) as { agrees: boolean; difference: { height: number } };
  assert.deepEqual([told.agrees, told.difference.height], [false, 8]);
});

test("test networks need the debug switches", async () => {
  const { code, err } = await runCli("debug", "replay", "--genesis", document, "--chain", chain);
  assert.equal(code, 1);
  assert.match(err, /unsafe debug flags/);
});

test("explain tells fees, gas, events and state of a transaction", async () => {
  const { code, out } = await run("explain", "--genesis", document, "--chain", chain, "--height", "9", "--tx", "0");
  assert.equal(code, 0);
  for (const expected of [
    /staking\.Burn by /,
    /fee 10 for 10 gas, used 10/,
    /gas burn 10/,
    /event staking burn/,
    /state 100_staking total supply/,
  ]) {
    assert.match(out, expected);
  }
  const json = await run("explain", "--genesis", document, "--chain", chain, "--height", "9", "--json");
  const block = JSON.parse(json.out) as { height: number; transactions: unknown[] };
  assert.equal(block.height, 9);
  assert.ok(block.transactions.length >= 2);
});

test("explain names the rule that refused a transaction", async () => {
  let refused = 0;
  for (let height = 1; height <= lines.length; height++) {
    const { out } = await run("explain", "--genesis", document, "--chain", chain, "--height", String(height), "--json");
    for (const { refusal } of (JSON.parse(out) as { transactions: { refusal?: { module: string; reason: string } }[] })
      .transactions) {
      if (refusal === undefined) continue;
      refused++;
      assert.ok(refusal.module !== "" && refusal.reason !== "");
    }
  }
  assert.ok(refused > 0, "the chain has failing transactions");
});

test("explain refuses what is not there", async () => {
  const explain = (...more: readonly string[]): Promise<CliOutcome> =>
    run("explain", "--genesis", document, "--chain", chain, ...more);
  assert.match((await explain()).err, /--height says which block/);
  assert.match((await explain("--height", "900")).err, /does not hold height 900/);
  assert.match((await explain("--height", "9", "--tx", "99")).err, /has \d+ transactions/);
});

test("dumpdb writes a document that passes the check and starts from the dumped state", async () => {
  const folder = join(scratch, "dump-data");
  await replay(chain, "--data-dir", folder);
  const output = join(scratch, "dump.json");
  const dumped = await run("dumpdb", "--genesis", document, "--data-dir", folder, "--dump.output", output);
  assert.deepEqual([dumped.code, dumped.err], [0, ""]);
  const { code, out, err } = await runCli("genesis", "check", "-g", output, ...flags);
  assert.equal(code, 0, out + err);
  assert.match(out, /^genesis file is valid and in canonical form\n/);
});

test("dumpdb names an output that cannot be written", async () => {
  const folder = join(scratch, "unwritten-data");
  await replay(chain, "--data-dir", folder, "--stop-at", "2");
  const output = join(scratch, "nowhere", "dump.json");
  const { code, err } = await run("dumpdb", "--genesis", document, "--data-dir", folder, "--dump.output", output);
  assert.deepEqual([code, err], [1, `Error: open ${output}: no such file or directory\n`]);
});

test("dumpdb refuses a folder without a state", async () => {
  const { code, err } = await run("dumpdb", "--genesis", document, "--data-dir", join(scratch, "nothing"));
  assert.equal(code, 1);
  assert.match(err, /there is no state in/);
});
