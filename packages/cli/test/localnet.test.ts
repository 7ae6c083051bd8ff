// Networks that run for real: in this process, as the program, and under a node's configuration.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RootHash } from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import { accountSigner } from "@wadi/consensus/testing";
import { entitySigner, startLocalnet, type Localnet, type LocalnetOptions } from "@wadi/localnet";
import { ErrNode } from "@wadi/node";
import { sandboxProblems } from "@wadi/runtime-host";
import type { PublicKey } from "@wadi/types";
import { fromHex, isError, toBase64, utf8 } from "@wadi/util";

import { sampleBundle } from "../src/commands/localnet/sample-bundle.ts";
import { Call } from "../src/commands/runtime/call.ts";
import { encodeJsonText, showItem } from "../src/commands/runtime/value-text.ts";
import { runCli } from "../src/testing/run-cli.ts";

const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "wadi-localnet-test-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const isConfined = (await sandboxProblems("/usr/bin/bwrap")).length === 0;
const provisioner = isConfined ? "sandboxed" : "unconfined";
const flags = isConfined ? [] : ["--unconfined"];
const { path: runtime, unpacked } = await sampleBundle(() => undefined);
const bundlesFolder = join(unpacked, "bundles");
/** What all of it takes on a machine that is busy with other things. */
const timeout = 300_000;

function start(options: Partial<LocalnetOptions> = {}): Promise<Localnet> {
  return startLocalnet({ runtime, bundlesFolder, provisioner, ...options });
}

async function call(net: Localnet, nonce: bigint, method: string, args: string): Promise<string> {
  const sender = utf8("somebody");
  const { output } = await net.submit(encodeCbor(Call, { sender, nonce, method, args: encodeJsonText(args) }));
  return showItem(output);
}

function spawnProgram(...argv: readonly string[]): ChildProcess {
  return spawnProgramIn(process.cwd(), ...argv);
}

function spawnProgramIn(cwd: string, ...argv: readonly string[]): ChildProcess {
  const options = ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", program];
  return spawn(process.execPath, [...options, ...argv], { cwd, stdio: ["ignore", "pipe", "inherit"] });
}

/** The lines of a child; `until` resolves with the first that fits. */
function linesOf(child: ChildProcess): { readonly all: string[]; until(pattern: RegExp): Promise<string> } {
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout });
  const all: string[] = [];
  lines.on("line", (line) => all.push(line));
  return {
    all,
    async until(pattern) {
      for (;;) {
        const found = all.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        const next = await Promise.race([once(lines, "line"), once(lines, "close").then(() => undefined)]);
        assert.ok(next, `the program ended without ${pattern}:\n${all.join("\n")}`);
      }
    },
  };
}

test("localnet --once shows transactions, roots and the status, and ends", { timeout }, async () => {
  const { code, err, out } = await runCli("localnet", "--once", "--json", ...flags);
  assert.deepEqual([code, err], [0, ""]);
  const events = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["started", "demo", "demo", "demo", "demo", "status", "stopping", "stopped"],
  );
  const boot = events[0]?.["boot"] as readonly { readonly step: string; readonly ms: number }[];
  assert.deepEqual(
    boot.map(({ step }) => step).sort(),
    [
      "bundle",
      "committee",
      "consensus",
      "genesis",
      "identity",
      "modules",
      "registered",
      "runtime",
      "sandbox",
      "services",
      "unpacked",
    ],
    "every step of the start is timed",
  );
  assert.ok(boot.every(({ ms }, i) => ms >= (boot[i - 1]?.ms ?? 0)));
  const demos = events.filter(({ event }) => event === "demo");
  assert.deepEqual(
    demos.map(({ result }) => result),
    [
      '{"Success":null}',
      '{"Success":"a dry valley that floods"}',
      '{"Success":"a dry valley that floods"}',
      '{"Success":"a ParaTime node"}',
    ],
  );
  const rounds = demos.map(({ round }) => Number(round));
  assert.deepEqual(
    rounds,
    rounds.map((_, i) => (rounds[0] ?? 0) + i),
  );
  assert.equal(new Set(demos.map((demo) => demo["state_root"])).size, 4);
  assert.deepEqual(demos[1]?.["tags"], ["kv_key=wadi", "kv_op=get"]);
  const { status } = events[5] as {
    readonly status: { readonly mode: string; readonly consensus: { status: string } };
  };
  assert.deepEqual([status.mode, status.consensus.status], ["compute", "ready"]);
  assert.equal(existsSync(String(events[0]?.["socket"])), false);
});

/** An upgrade that is announced and cancelled, and the statistics of a lone worker. */
async function upgradesAndStatistics({ node, runtimeId }: Localnet, at: readonly string[]): Promise<void> {
  const descriptor = join(scratch, "upgrade.json");
  const target = {
    consensus_protocol: { major: 7 },
    runtime_host_protocol: { major: 5 },
    runtime_committee_protocol: { major: 5 },
  };
  const upgrade = { v: 1, handler: "some-upgrade", target, epoch: 1_000_000 };
  writeFileSync(descriptor, JSON.stringify(upgrade));
  const silent = { code: 0, out: "", err: "" };
  assert.deepEqual(await runCli("control", "upgrade-binary", descriptor, ...at), silent);
  assert.deepEqual(
    node.status().pendingUpgrades.map((one) => one?.descriptor?.handler),
    ["some-upgrade"],
  );
  const again = await runCli("control", "upgrade-binary", descriptor, ...at);
  assert.equal(again.code, 1);
  assert.match(again.out, /submitted upgrade is already pending, can not resubmit descriptor/);
  assert.deepEqual(await runCli("control", "cancel-upgrade", descriptor, ...at), silent);
  assert.deepEqual(node.status().pendingUpgrades, []);

  const child = spawnProgramIn(scratch, "control", "runtime-stats", runtimeId, ...at);
  const lines = linesOf(child);
  assert.deepEqual(await once(child, "close"), [0, null], lines.all.join("\n"));
  const counts = new Map(lines.all.slice(0, 8).map((line) => /^(.*): (\d+)$/.exec(line)?.slice(1) as [string, string]));
  assert.ok(Number(counts.get("Successful rounds")) >= 1, "that of the transaction");
  assert.equal(counts.get("Failed rounds"), "0");
  const entity = toBase64(fromHex(entitySigner().publicKey));
  assert.ok(lines.all.at(-1)?.startsWith(`| ${entity} |`), lines.all.join("\n"));
  const table = readdirSync(scratch).find((name) => name.startsWith(`runtime-${runtimeId}-1-`));
  const [head = "", row = ""] = readFileSync(join(scratch, table ?? ""), "utf8").split("\n");
  assert.ok(head.startsWith("Entity ID,Elected,"));
  const [, elected, , , , invoked, good] = row.split(",").map(Number);
  assert.equal(good, invoked);
  assert.ok(Number(elected) >= Number(good));
}

function nextBlock({ consensus }: Localnet["node"]): Promise<void> {
  return new Promise((resolve) => {
    const end = consensus.subscribe(() => {
      end();
      resolve();
    });
  });
}

/** `debug control`. */
async function epochs({ node }: Localnet, at: readonly string[]): Promise<void> {
  const epoch = (): bigint => node.backend.status().latestEpoch;
  const [before, silent] = [epoch(), { code: 0, out: "", err: "" }];
  assert.deepEqual(await runCli("debug", "control", "set-epoch", ...at), silent);
  assert.equal(epoch(), before + 1n);
  // A node that has not renewed its registration in time leaves the network without a committee.
  const expiration = (): bigint => node.status().registration?.descriptor?.expiration ?? 0n;
  while (expiration() < epoch() + 1n) await nextBlock(node);
  assert.deepEqual(await runCli("debug", "control", "set-epoch", "--epoch", `${before + 2n}`, ...at), silent);
  assert.equal(epoch(), before + 2n);
  const back = await runCli("debug", "control", "set-epoch", "-e", "0", ...at);
  assert.equal(back.code, 1);
  assert.match(
    back.out,
    /module=cmd\/debug\/control msg="failed to set epoch" err="rpc error: code = Unknown desc = .*does not advance time"\n$/,
  );
  assert.equal((await runCli("debug", "control", "set-epoch", "-e", "soon", ...at)).code, 1);
  assert.deepEqual(await runCli("debug", "control", "wait-nodes", "-n", "1", ...at), silent);
  assert.deepEqual(await runCli("debug", "control", "wait-ready", ...at), silent);
}

test("two networks in one process, and what operators ask one of them", { timeout }, async () => {
  await using one = await start({ dataDir: join(scratch, "one") });
  await using other = await start({ epochInterval: 10n, blockTimeMs: 50 });
  assert.notEqual(one.socket, other.socket);
  const insert = '{"key":"k","value":"v"}';
  const results = await Promise.all([call(one, 0n, "insert", insert), call(other, 0n, "get", '{"key":"k"}')]);
  assert.deepEqual(results, ['{"Success":null}', '{"Success":null}'], "they share nothing");

  const at = ["-a", `unix:${one.socket}`];
  assert.deepEqual(await runCli("control", "is-synced", ...at), {
    code: 0,
    out: "node completed initial syncing\n",
    err: "",
  });
  assert.deepEqual(await runCli("control", "is-ready", ...at), { code: 0, out: "node is ready\n", err: "" });
  for (const name of ["wait-sync", "wait-ready"]) {
    assert.deepEqual(await runCli("control", name, ...at), { code: 0, out: "", err: "" });
  }
  const status = await runCli("control", "status", ...at);
  assert.equal(status.code, 0);
  assert.match(status.out, /^\{\n {2}"software_version": "\d+\.\d+",\n {2}"mode": "compute",\n/);
  const parsed = JSON.parse(status.out) as { readonly runtimes: Record<string, { readonly latest_round: number }> };
  assert.equal(parsed.runtimes[one.runtimeId]?.latest_round, Number(one.worker.latest.block.header.round));
  {
    using connection = one.connect();
    const roothash = connection.of(RootHash);
    const at = (height: number) => ({ runtimeId: one.runtimeId, height });
    const first = await roothash.GetGenesisBlock(at(0));
    assert.deepEqual(await roothash.GetGenesisBlock(at(1_000_000)), first, "whatever the height");
    await assert.rejects(roothash.GetLatestBlock(at(1_000_000)));
  }
  await upgradesAndStatistics(one, at);
  await epochs(one, at);
  const byFile = await runCli("control", "is-synced", "-a", one.socket);
  assert.deepEqual([byFile.code, /is a file name\. Assuming 'unix:/.test(byFile.out)], [0, true]);

  const isInUse = (e: unknown): boolean =>
    isError(e, ErrNode) &&
    /^failed to open common node store: .*Cannot acquire directory lock/.test(String(e).slice(11));
  for (const reset of [false, true]) {
    await assert.rejects(start({ dataDir: join(scratch, "one"), reset }), isInUse);
  }
  assert.equal((await runCli("control", "is-ready", ...at)).code, 0, "the first one is not disturbed");
  assert.equal(await call(one, 1n, "get", '{"key":"k"}'), '{"Success":"v"}');

  assert.deepEqual(await runCli("control", "shutdown", "--wait", ...at), { code: 0, out: "", err: "" });
  await one.node.shutDownRequested;
});

test("a network goes on where it ended, or anew", { timeout }, async () => {
  const dataDir = join(scratch, "kept");
  let height: number;
  {
    await using net = await start({ dataDir });
    assert.equal(await call(net, 0n, "insert", '{"key":"k","value":"v"}'), '{"Success":null}');
    height = net.node.backend.latestHeight;
  }
  {
    await using net = await start({ dataDir });
    assert.ok(net.node.backend.latestHeight >= height);
    assert.equal(showItem(await net.query("get", encodeJsonText('{"key":"k"}'))), '"v"');
  }
  await using net = await start({ dataDir, reset: true });
  assert.equal(showItem(await net.query("get", encodeJsonText('{"key":"k"}'))), "null");
});

test(
  "Ctrl-C ends the program; a configured node takes its directory over, and only one at a time",
  { timeout },
  async () => {
    const dataDir = join(scratch, "served");
    const localnet = spawnProgram(
      "localnet",
      "--data-dir",
      dataDir,
      "--runtime",
      runtime,
      "--epoch-interval",
      "20",
      "--block-time",
      "100ms",
      ...flags,
    );
    const lines = linesOf(localnet);
    assert.match(await lines.until(/^ {2}socket/), /internal\.sock$/);
    localnet.kill("SIGINT");
    assert.deepEqual(await once(localnet, "close"), [0, null]);
    assert.deepEqual(lines.all.slice(-2), ["stopping", "stopped"]);
    assert.equal(existsSync(join(dataDir, "internal.sock")), false);

    const config = join(scratch, "config.yml");
    const configure = (owner: PublicKey): void =>
      writeFileSync(
        config,
        `mode: compute
common:
  data_dir: ${dataDir}
  debug: { allow_root: true }
  log: { file: node.log, format: JSON, level: { default: info } }
genesis: { file: ${join(dataDir, "genesis.json")} }
consensus: { validator: true, listen_address: "tcp://127.0.0.1:26656" }
p2p: { registration: { addresses: ["127.0.0.1:9200"] } }
registration: { entity_id: ${toBase64(fromHex(owner))} }
runtime: { paths: [${runtime}], provisioner: ${provisioner} }
`,
      );
    configure(entitySigner().publicKey);
    const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];
    const node = spawnProgram("--config", config, ...debug);
    const at = ["-a", `unix:${join(dataDir, "internal.sock")}`];
    assert.equal((await runCli("control", "wait-ready", "--wait", ...at)).code, 0);

    const second = await runCli("--config", config, ...debug);
    assert.deepEqual(second, { code: 1, out: "", err: "" }, "its log is a file");
    assert.equal((await runCli("control", "is-ready", ...at)).code, 0, "the first one is not disturbed");

    node.kill("SIGTERM");
    assert.deepEqual(await once(node, "close"), [0, null]);
    const log = readFileSync(join(dataDir, "node.log"), "utf8");
    const records = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly msg: string; readonly err?: string });
    const failure = records.find(({ msg }) => msg === "failed to start oasis node");
    assert.match(failure?.err ?? "", /^failed to open common node store: .*Cannot acquire directory lock on ".*served/);
    const messages = new Set(records.map(({ msg }) => msg));
    for (const expected of [
      "Starting oasis-node",
      "loaded/generated node identity",
      "gRPC server started",
      "initialization complete: ready to serve",
      "user requested termination",
    ]) {
      assert.ok(messages.has(expected), expected);
    }
    assert.equal(existsSync(join(dataDir, "internal.sock")), false);

    configure(accountSigner("somebody").publicKey);
    const stranger = spawnProgram("--config", config, ...debug);
    assert.equal((await runCli("control", "wait-ready", "--wait", ...at)).code, 0, "who owns it can take its time");
    assert.equal((await runCli("control", "is-ready", ...at)).code, 0);
    stranger.kill("SIGTERM");
    assert.deepEqual(await once(stranger, "close"), [0, null]);
  },
);
