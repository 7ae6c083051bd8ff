// A node that is killed while it starts components: what it leaves is ended by the next start.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { must } from "@wadi/util";

import { LaunchRecords } from "../src/process/launch-records.ts";
import { ownTemporaryDirectory, untilGone } from "../src/testing/leaks.ts";
import { sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";

const skip = sandboxIsMissing();
const KILLS = Number(process.env["WADI_ORPHAN_KILLS"] ?? 6);
const program = fileURLToPath(new URL("../src/testing/killed-while-launching.ts", import.meta.url));

/** Processes that have to do with a folder. */
function processesOf(folder: string): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, "latin1").includes(folder) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}

/** Starts a node that starts components. */
function startNode(folder: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--conditions=wadi-source", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compile-cache") },
  });
}

test("a node that is killed while it starts components leaves none", { skip, timeout: 20_000 * KILLS }, async (t) => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const records = join(folder.path, "records");
  // A node that is killed early has made none itself.
  mkdirSync(records);
  let ended = 0;
  for (let i = 0; i < KILLS; i++) {
    const component = join(folder.path, `component-${i}`);
    const node = startNode(folder.path, records, component);
    await once(must(node.stdout), "data");
    // Some moment of a start.
    await sleep((i * 7) % 40);
    node.kill("SIGKILL");
    await once(node, "exit");
    const launches = new LaunchRecords(records);
    // The guard ends what was about to connect, and what was connected ends with the node by itself.
    await untilGone(() => launches.left());
    ended += launches.reap();
    assert.deepEqual(await untilGone(() => processesOf(component)), []);
    assert.deepEqual(readdirSync(records), []);
  }
  t.diagnostic(`${ended} processes were left for the next start to end`);
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith("oasis-runtime")),
    [],
  );
});

test("what never connects ends with a node that is killed at its start", { skip, timeout: 240_000 }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const records = join(folder.path, "records");
  const launches = new LaunchRecords(records);
  for (let i = 0; i < KILLS / 2; i++) {
    const node = startNode(folder.path, records, join(folder.path, `deaf-${i}`), "deaf");
    assert.deepEqual(await once(node, "exit"), [null, "SIGKILL"]);
  }
  // Some of them had not begun yet when the node was gone; those of the starts before had the time.
  assert.deepEqual(await untilGone(() => launches.left()), []);
  assert.equal(launches.reap(), 0);
});

test("what is no note of a start is not followed", async () => {
  await using folder = await temporaryFolder();
  const records = join(folder.path, "records");
  const other = join(folder.path, "precious");
  for (const one of [records, other]) mkdirSync(one);
  writeFileSync(join(other, "file"), "");
  symlinkSync(other, join(records, "oasis-runtimeAbCdEf"));
  symlinkSync(other, join(records, "precious"));
  writeFileSync(join(records, "oasis-runtimeXXXXXX"), "");
  assert.equal(new LaunchRecords(records).reap(), 0);
  assert.ok(existsSync(join(other, "file")));
  assert.equal(new LaunchRecords(join(folder.path, "nowhere")).reap(), 0);
});
