// A network whose disk fills while it works: it stops in order and says why, and what it told to be
// final is there once there is room again.
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RuntimeClient } from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import { RpcConnection } from "@wadi/rpc";
import { sandboxProblems } from "@wadi/runtime-host";
import type { Namespace } from "@wadi/types";
import { toHex, utf8 } from "@wadi/util";

import { sampleBundle } from "../src/commands/localnet/sample-bundle.ts";
import { runCli } from "../src/testing/run-cli.ts";
import { Call } from "../src/commands/runtime/call.ts";
import { encodeJsonText } from "../src/commands/runtime/value-text.ts";

const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "wadi-disk-full-"));
const disk = join(scratch, "disk");
const timeout = 1_200_000;
const CLIENTS = 3;
/** Room that is left when the disk is said to be full: so it fails at different places. */
const ROOMS_KB = process.env["WADI_DISK_ROOMS"]?.split(",").map(Number) ?? [64, 4200];

function mount(...args: readonly string[]): string | false {
  const { error, status, stderr } = spawnSync("mount", [...args], { encoding: "utf8" });
  if (error !== undefined) return error.message;
  return status === 0 ? false : stderr.trim() || "mount refused";
}

mkdirSync(disk);
const refused = mount("-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", disk);
const skip = refused !== false && `no small disk can be mounted here: ${refused}`;
after(() => {
  if (refused === false) spawnSync("umount", ["-l", disk]);
  rmSync(scratch, { recursive: true, force: true });
});

/** Sets the size of the disk: what is used and so much more. */
function leaveRoom(kilobytes: number): void {
  const { bfree, blocks, bsize } = statfsSync(disk);
  const used = Math.ceil(((blocks - bfree) * bsize) / 1024);
  assert.equal(mount("-o", `remount,size=${used + kilobytes}k`, disk), false);
}

interface Final {
  readonly round: bigint;
  readonly data: Uint8Array;
  readonly output: string;
}

/** What a round has come to, as it was told when it was final. */
interface RoundRoots {
  readonly round: number;
  readonly state_root: string;
  readonly io_root: string;
}

/** Of all runs. */
const rounds = new Map<number, RoundRoots>();
/** Lines of the chain as it was exported last. */
let exported: readonly string[] = [];

let flags: readonly string[] = [];
before(async () => {
  if ((await sandboxProblems("/usr/bin/bwrap")).length > 0) flags = ["--unconfined"];
  await sampleBundle(() => undefined);
});

interface Started {
  readonly child: ChildProcess;
  readonly closed: Promise<readonly [number | null, string | null]>;
  readonly output: () => string;
  readonly runtimeId: Namespace;
  readonly socket: string;
}

/** The line of `localnet --json` that says where everything is. */
interface StartedEvent {
  readonly event: "started";
  readonly socket: string;
  readonly runtime_id: Namespace;
}

async function start(): Promise<Started> {
  const args = ["localnet", "--json", "--data-dir", join(disk, "data"), ...flags];
  const child = spawn(
    process.execPath,
    ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", program, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = once(child, "close") as Promise<[number | null, string | null]>;
  const started = Promise.withResolvers<StartedEvent>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as
      | StartedEvent
      | (RoundRoots & { readonly event: "round" })
      | { readonly event?: "other"; readonly level?: string };
    if (event.event === "started") started.resolve(event);
    else if (event.event === "round") rounds.set(event.round, event);
    else if (event.event === undefined || event.level !== undefined) output += `${line}\n`;
  });
  void closed.then(() => started.reject(new Error(`ended before it was up: ${output}`)));
  const { runtime_id: runtimeId, socket } = await started.promise;
  return { child, closed, output: () => output, runtimeId, socket };
}

/** Writes until the network is gone; everything that it said to be final. */
async function write({ runtimeId, socket }: Started, name: string, onFinal: () => void): Promise<Final[]> {
  using connection = new RpcConnection(`unix:${socket}`);
  const client = connection.of(RuntimeClient);
  const final: Final[] = [];
  const one = async (sender: string): Promise<void> => {
    for (let nonce = 0n; ; nonce++) {
      const args = encodeJsonText(`{"key":"${sender} ${nonce}","value":"written"}`);
      const data = encodeCbor(Call, { sender: utf8(sender), nonce, method: "insert", args });
      const result = await client.SubmitTxMeta({ runtimeId, data });
      assert.equal(result.checkTxError ?? undefined, undefined);
      final.push({ round: result.round ?? 0n, data, output: toHex(result.data ?? new Uint8Array(0)) });
      onFinal();
    }
  };
  await Promise.allSettled(Array.from({ length: CLIENTS }, (_, i) => one(`${name} ${i}`)));
  return final;
}

async function check({ runtimeId, socket }: Started, final: readonly Final[]): Promise<void> {
  using connection = new RpcConnection(`unix:${socket}`);
  const client = connection.of(RuntimeClient);
  for (const { data, output, round } of final) {
    const found = await client.GetTransactionsWithResults({ runtimeId, round });
    const own = found?.find((one) => one !== null && Buffer.compare(one.tx, data) === 0);
    assert.equal(own?.result === undefined || own.result === null ? undefined : toHex(own.result), output);
  }
}

/** Every round that was told has the roots that it had, and its state and transactions are there. */
async function checkRounds({ runtimeId, socket }: Started): Promise<void> {
  using connection = new RpcConnection(`unix:${socket}`);
  const client = connection.of(RuntimeClient);
  const args = encodeJsonText(`{"key":"none"}`);
  for (const { io_root: ioRoot, round: number, state_root: stateRoot } of rounds.values()) {
    const round = BigInt(number);
    const { header } = await client.GetBlock({ runtimeId, round });
    assert.deepEqual([header.stateRoot, header.ioRoot], [stateRoot, ioRoot], `round ${round}`);
    await client.GetTransactionsWithResults({ runtimeId, round });
    await client.Query({ runtimeId, round, component: null, method: "get", args });
  }
}

/** The chain begins with all that was there before, and gives every app hash when it is executed anew. */
async function checkChain(): Promise<number> {
  const data = join(disk, "data");
  const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];
  const genesis = ["--genesis", join(data, "genesis.json")];
  const output = join(scratch, "chain.jsonl");
  const { code, err } = await runCli(
    "debug",
    "export-chain",
    ...genesis,
    "--data-dir",
    data,
    "--output",
    output,
    ...debug,
  );
  assert.equal(code, 0, err);
  const lines = readFileSync(output, "utf8").trimEnd().split("\n");
  // What is told of the last block may be complete only now.
  const changed = exported.slice(0, -1).findIndex((line, i) => line !== lines[i]);
  assert.equal(changed, -1, `the block at place ${changed} has changed`);
  assert.ok(lines.length >= exported.length);
  exported = lines;
  const replayed = await runCli("debug", "replay", ...genesis, "--chain", output, ...debug);
  assert.deepEqual([replayed.code, replayed.err], [0, ""]);
  assert.match(replayed.out, /^\d+ blocks with \d+ transactions agree/);
  return lines.length;
}

async function stop({ child, closed, output }: Started): Promise<void> {
  child.kill("SIGINT");
  assert.deepEqual(await closed, [0, null], output());
}

/** One line that says what to do, and no trace of a crash. */
function isExplained(text: string): void {
  assert.match(text, /no space left on device/i);
  assert.ok(text.includes(disk), `the place is named: ${text}`);
  assert.doesNotMatch(text, /^ +at |Node\.js v\d/m);
}

test("a disk that fills stops a network in order, and nothing that was final is lost", { skip, timeout }, async (t) => {
  const final: Final[] = [];
  for (const [i, room] of ROOMS_KB.entries()) {
    leaveRoom(32 * 1024);
    const net = await start();
    await check(net, final);
    await checkRounds(net);
    let count = 0;
    final.push(
      ...(await write(net, `run ${i}`, () => {
        if (++count === 10) leaveRoom(room);
      })),
    );
    const end = await net.closed;
    t.diagnostic(`${room} kB left: ${count} final, ${net.output().trim()}`);
    assert.deepEqual(end, [1, null], net.output());
    isExplained(net.output());
    t.diagnostic(`${await checkChain()} blocks on the full disk agree`);
  }
  leaveRoom(0);
  await assert.rejects(start(), (e: Error) => {
    t.diagnostic(`start on a full disk: ${e.message}`);
    isExplained(e.message);
    return true;
  });
  leaveRoom(32 * 1024);
  const net = await start();
  await check(net, final);
  await checkRounds(net);
  await stop(net);
  t.diagnostic(`${rounds.size} rounds have their roots, ${await checkChain()} blocks agree`);
});
