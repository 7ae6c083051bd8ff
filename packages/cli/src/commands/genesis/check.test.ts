import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chainBytes, loadVector } from "@wadi/testing";

import { runCli } from "../../testing/run-cli.ts";
import { readGenesisFile } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-genesis-check-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const check = (...argv: readonly string[]) => runCli("genesis", "check", ...argv);

const DEBUG = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];

interface Recorded {
  readonly runs: readonly {
    readonly command: string;
    readonly exit_code: number;
    readonly stdout: string;
    readonly stderr: string;
  }[];
}

/** Our source file and line stand where the reference's stand; times differ. */
const withoutPlace = (line: string): string => line.replace(/ts=\S+ caller=\S+/, "ts=T caller=C");

const staking = chainBytes("staking/genesis.json");
const vectors = loadVector<{
  vectors: { name: string; canonical_json: string; chain_context: string; note: string }[];
}>("common/genesis")?.vectors;
const full = vectors?.find(({ name }) => name === "full document");
const skip = staking === undefined || full === undefined ? "conformance data are not at hand" : false;
const fullText = full?.canonical_json ?? "";

test("a device that never ends", async () => {
  await assert.rejects(readGenesisFile("/dev/zero", 1 << 20), /\/dev\/zero is longer than any genesis document/);
  await assert.rejects(readGenesisFile(write("long.json", Buffer.alloc(11)), 10), /is longer than any/);
});

test("a valid file: three lines", { skip }, async () => {
  const file = write("full.json", fullText);
  const sha256 = createHash("sha256").update(fullText).digest("hex");
  const expected = {
    code: 0,
    out:
      "genesis file is valid and in canonical form\n" +
      `genesis document's hash: ${full?.chain_context}\n` +
      `genesis file's SHA256 checksum: ${sha256}\n`,
    err: "",
  };
  assert.deepEqual(await check("--genesis.file", file), expected);
  assert.deepEqual(await check("-g", file), expected);
  assert.deepEqual(await check(`-g=${file}`), expected);
  assert.deepEqual(await check(`--genesis.file=${file}`), expected);
});

test("recorded runs: a missing file and a document with debug parameters", { skip }, async () => {
  const recorded = loadVector<Recorded>("node/node_command_outputs");
  assert(recorded !== undefined && staking !== undefined);
  const find = (command: string): Recorded["runs"][number] => {
    const run = recorded.runs.find((candidate) => candidate.command === `oasis-node ${command}`);
    assert(run !== undefined, command);
    return run;
  };

  const missing = find("genesis check -g /nonexist.json");
  const ofMissing = await check("-g", "/nonexist.json");
  assert.equal(ofMissing.code, missing.exit_code);
  assert.equal(withoutPlace(ofMissing.out), withoutPlace(missing.stdout));
  assert.equal(ofMissing.err, missing.stderr);

  // The recorded document is not at hand; one with the same first failure is.
  const unsafe = find("genesis check -g /node/genesis.json");
  const text = fullText.replace(
    '"max_node_expiration"',
    '"debug_allow_unroutable_addresses": true, "max_node_expiration"',
  );
  const ofUnsafe = await check("-g", write("unsafe.json", text));
  assert.equal(ofUnsafe.code, unsafe.exit_code);
  assert.equal(withoutPlace(ofUnsafe.out), withoutPlace(unsafe.stdout));
  assert.equal(ofUnsafe.err, unsafe.stderr);
});

test("documents of recorded chains are valid with the debug flags, wherever these stand", { skip }, async () => {
  for (const chain of ["staking", "paratime", "paratime-idle", "workload"]) {
    const bytes = chainBytes(`${chain}/genesis.json`);
    assert(bytes !== undefined);
    const file = write(`${chain}.json`, bytes);
    assert.equal((await check("-g", file, ...DEBUG)).code, 0, chain);
    assert.equal((await check("-g", file)).code, 1, chain);
    assert.equal((await check("-g", file, "--debug.dont_blame_oasis")).code, 1, chain);
    assert.equal(
      (await check("-g", file, "--debug.dont_blame_oasis=true", "--debug.allow_test_keys=1")).code,
      0,
      chain,
    );
    const before = await runCli(...DEBUG, "genesis", "check", "-g", file);
    assert.equal(before.code, 0, `${chain}: flags before the command`);
  }
});

test("another layout is refused with a diff", { skip }, async () => {
  const changed = fullText.replace('  "chain_id": "vector-chain",\n', '  "chain_id":   "vector-chain",\n');
  const { code, out, err } = await check("-g", write("layout.json", changed));
  assert.equal(code, 1);
  assert.match(
    out,
    /msg="genesis file is not in canonical form" err="genesis file is not in canonical form, see the diff on stderr"\n$/,
  );
  assert.equal(
    err,
    'Diff:\n--- Actual\n+++ Canonical\n@@ -1,7 +1,7 @@\n {\n   "height": 100,\n   "genesis_time": "2023-11-14T22:13:20Z",\n' +
      '-  "chain_id":   "vector-chain",\n+  "chain_id": "vector-chain",\n   "registry": {\n     "params": {\n       "gas_costs": {\n\n',
  );
});

test("everything on one line, and a missing newline at the end", { skip }, async () => {
  const compact = JSON.stringify(JSON.parse(fullText.replaceAll("18446744073709551615", "1")));
  const single = await check("-g", write("single.json", compact));
  assert.equal(single.code, 1);
  assert.match(single.out, /err="genesis file has everything on a single line"\n$/);
  const unended = await check("-g", write("unended.json", fullText.trimEnd()));
  assert.equal(unended.code, 1);
  assert.match(unended.err, /^Diff:\n--- Actual\n\+\+\+ Canonical\n/);
});

test("files that are no documents", { skip }, async () => {
  const contents: readonly (readonly [string, string | Uint8Array])[] = [
    ["empty", ""],
    ["cut", fullText.slice(0, 1000)],
    ["list", "[]"],
    ["binary", Uint8Array.of(0xff, 0xfe, 0x00, 0x80)],
    ["deep", "[".repeat(100_000)],
    ["trailing", `${fullText}x`],
  ];
  for (const [name, content] of contents) {
    const { code, out, err } = await check("-g", write(`no-${name}.json`, content));
    assert.equal(code, 1, name);
    assert.match(
      out,
      /^level=error .* module=cmd\/genesis msg="failed to get genesis document" err="genesis: malformed genesis file: /,
      name,
    );
    assert.equal(out.split("\n").length, 2, name);
    assert.equal(err, "", name);
  }
  const directory = await check("-g", folder);
  assert.equal(directory.code, 1);
  assert.match(directory.out, /genesis: failed to open genesis document: read \S+: is a directory"\n$/);
});

const program = fileURLToPath(new URL("../../bin.ts", import.meta.url));

test("as a process: output, exit codes, a closed pipe and an interrupt", { skip }, async () => {
  const file = write("process.json", fullText);
  const node = [process.execPath, "--conditions=wadi-source", program] as const;
  const [command, ...args] = node;
  const valid = spawnSync(command, [...args, "genesis", "check", "-g", file], { encoding: "utf8" });
  assert.deepEqual([valid.status, valid.stderr, valid.stdout.split("\n").length], [0, "", 4]);
  const invalid = spawnSync(command, [...args, "genesis", "check", "-g", "/nonexist.json"], { encoding: "utf8" });
  assert.deepEqual([invalid.status, invalid.stderr], [1, ""]);

  const closed = spawnSync("sh", ["-c", `"$@" genesis --help | true`, "sh", ...node], { encoding: "utf8" });
  assert.deepEqual([closed.status, closed.stderr], [0, ""]);

  const full = spawnSync("sh", ["-c", '"$@" genesis --help >/dev/full', "sh", ...node], { encoding: "utf8" });
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^Error: the output cannot be written: ENOSPC.*\n$/);

  const child = spawn(command, [...args, "genesis", "check", "-g", "/dev/stdin"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  child.stdin.write("{", () => child.kill("SIGINT"));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (c, s) => resolve([c, s])),
  );
  assert.deepEqual([code, signal, stderr], [null, "SIGINT", ""]);
});
