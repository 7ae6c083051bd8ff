// From a runtime's sources to answers on the console, with the real sandbox.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { runCli } from "../src/testing/run-cli.ts";

const entry = fileURLToPath(new URL("../../../runtimes/keyvalue/src/main.ts", import.meta.url));
const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "wadi-runtime-run-"));
after(() => rm(folder, { recursive: true, force: true }));
const bundle = join(folder, "keyvalue.orc");

const isLinux = process.platform === "linux" && process.arch === "x64";
const bwrap = spawnSync("/usr/bin/bwrap", ["--unshare-all", "--ro-bind", "/", "/", "--", "/bin/true"]);
const skip = isLinux && bwrap.status === 0 ? false : "bubblewrap does not work here";

test("a bundle from sources, run in the sandbox", { skip, timeout: 180_000 }, async (t) => {
  const id = `80${"00".repeat(31)}`;
  const created = await runCli("bundle", "create", "--entry", entry, "--id", id, "-o", bundle);
  assert.equal(created.code, 0, created.err);
  assert.match(created.out, /they need runtime\.max_bundle_size: \d+mb/);

  await t.test("one call", async () => {
    const called = await runCli("runtime", "run", bundle, "--call", "insert", "--args", '{"key":"a","value":"b"}');
    assert.equal(called.code, 0, called.err);
    assert.match(called.out, /result: \{"Success":null\}\n {2}tag: kv_insertion\.a = \n/);
    assert.match(called.out, /block of round 1: 3 changed keys\n {2}state root: [0-9a-f]{64}\n/);
  });

  await t.test("a refused call is exit code 1, a failed query an error line", async () => {
    const refused = await runCli("runtime", "run", bundle, "--call", "nope");
    assert.deepEqual([refused.code, refused.out], [1, "refused by the check: method not found (test, 1)\n"]);
    const failed = await runCli("runtime", "run", bundle, "--query", "nope");
    assert.deepEqual([failed.code, failed.out], [1, ""]);
    assert.match(failed.err, /^Error: method not found$/m);
  });

  await t.test("the console", () => {
    const input =
      'call insert {"key":"a","value":"b"}\ncall get {"key":"a"}\nquery get {"key":"a"}\nquery {\nhelp\nexit\n';
    const flags = ["--conditions=wadi-source", program, "runtime", "run", bundle];
    const { status, stdout } = spawnSync(process.execPath, flags, { input, encoding: "utf8" });
    assert.equal(status, 0);
    assert.match(stdout, /result: \{"Success":"b"\}/);
    assert.match(stdout, /^answer: "b"$/m);
    assert.match(stdout, /^error: method not found$/m);
    assert.match(stdout, /^call METHOD \[JSON\]/m);
  });
});

test("a module runs in a thread, to the same state", { timeout: 60_000 }, async () => {
  const called = await runCli("runtime", "run", entry, "--call", "insert", "--args", '{"key":"hello","value":"world"}');
  assert.equal(called.code, 0, called.err);
  // The state depends on nothing of the machine, so neither does its root.
  assert.match(called.out, /state root: 993c34b0c60df769defdb43e0d834386043f512058776764d74ee78fe7d5c552\n/);
});

test("what cannot be run is told in a line", async () => {
  const missing = await runCli("runtime", "run", join(folder, "missing.orc"));
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^Error: .*no such file or directory.*missing\.orc.*\n$/);
  const both = await runCli("bundle", "create", "--entry", entry, "--elf", "x", "--id", "80");
  assert.match(both.err, /^Error: --entry stands instead of/);
  const broken = await runCli("bundle", "create", "--entry", join(folder, "missing.ts"), "--id", "80");
  assert.equal(broken.code, 1);
  assert.match(broken.err, /^Error: cannot bundle the runtime: /);
});
