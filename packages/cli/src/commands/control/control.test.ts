// Control commands without a node; with one they are tested over real networks.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { lockDataDirectory, openNodeStore, registrationFlag } from "@wadi/node";

import { runCli } from "../../testing/run-cli.ts";

const run = (...argv: readonly string[]) => runCli("control", ...argv);

const scratch = mkdtempSync(join(tmpdir(), "wadi-control-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A file in the scratch folder. */
function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

const runtimeId = `80${"00".repeat(31)}`;
const deprecation = 'Command "runtime-stats" is deprecated, use the `oasis` CLI instead.\n';
const target = {
  consensus_protocol: { major: 7 },
  runtime_host_protocol: { major: 5 },
  runtime_committee_protocol: { major: 5 },
};
const upgrade = { v: 1, handler: "some-upgrade", target, epoch: 5 };
const descriptor = file("upgrade.json", JSON.stringify(upgrade));

test("without a node the log says why, and the exit code is the reference's", async () => {
  const cases: readonly (readonly [command: string, code: number, message: string])[] = [
    ["status", 128, "failed to query status"],
    ["is-synced", 128, "failed to query synced status"],
    ["is-ready", 128, "failed to query ready status"],
    ["wait-sync", 1, "failed to wait for sync status"],
    ["wait-ready", 1, "failed to wait for ready status"],
    ["shutdown", 1, "failed to send shutdown request"],
    ["add-bundle x.orc", 1, "failed to add bundle"],
    [`upgrade-binary ${descriptor}`, 1, "error while sending upgrade descriptor to the node"],
    [`cancel-upgrade ${descriptor}`, 1, "failed to send upgrade cancellation request"],
    [`runtime-stats ${runtimeId}`, 1, "failed to query consensus status"],
  ];
  for (const [command, code, message] of cases) {
    const result = await run(...command.split(" "), "-a", "unix:/nowhere/internal.sock");
    assert.deepEqual(
      [result.code, result.err],
      [code, command.startsWith("runtime-stats") ? deprecation : ""],
      command,
    );
    assert.match(result.out, /^level=error ts=\S+ caller=\S+ module=cmd\/control /, command);
    assert.ok(result.out.includes(`msg="${message}"`), command);
    assert.match(
      result.out,
      /err="rpc error: code = Unavailable desc = connect ENOENT \/nowhere\/internal\.sock"\n$/,
      command,
    );
  }
});

test("addresses that no connection is made to", async () => {
  const far = await run("status", "-a", "8.8.8.8:1", "-k");
  assert.equal(far.code, 1);
  assert.match(
    far.out,
    /msg="failed to establish connection with node" err="insecure loopback requested but address is not loopback: 8\.8\.8\.8:1"\n$/,
  );
  assert.equal((await run("status", "-a", "127.0.0.1:1")).code, 1);
  assert.equal((await run("status", "-a", "nonsense", "-k")).code, 1);
  const refused = await run("status", "-a", "127.0.0.1:1", "-k");
  assert.equal(refused.code, 128);
  assert.match(refused.out, /desc = connect ECONNREFUSED 127\.0\.0\.1:1"\n$/);
});

test("what is wrong with arguments is told before anybody is asked", async () => {
  const cases: readonly (readonly [command: string, message: RegExp | "", err?: string])[] = [
    ["add-bundle", ""],
    ["cancel-upgrade", /msg="expected descriptor path"\n$/],
    [
      "upgrade-binary /nowhere/upgrade.json",
      /msg="failed to read upgrade descriptor" err="open \/nowhere\/upgrade\.json: no such file or directory"\n$/,
    ],
    [`upgrade-binary ${file("broken.json", "{")}`, /msg="can't parse upgrade descriptor" err=/],
    [`cancel-upgrade ${file("broken.json", "[]")}`, /msg="can't parse upgrade descriptor" err=/],
    [
      `upgrade-binary ${file("short.json", JSON.stringify({ ...upgrade, handler: "x" }))}`,
      /msg="submitted upgrade descriptor is not valid" err=/,
    ],
    ["runtime-stats nonsense", /msg="malformed runtime ID" arg=nonsense\n$/, deprecation],
    [`runtime-stats ${runtimeId} x`, /msg="malformed start height" arg=x\n$/, deprecation],
    [`runtime-stats ${runtimeId} 1 y`, /msg="malformed end height" arg=y\n$/, deprecation],
  ];
  for (const [command, message, err = ""] of cases) {
    const result = await run(...command.split(" "));
    assert.deepEqual([result.code, result.err], [1, err], command);
    if (message === "") assert.equal(result.out, "", command);
    else assert.match(result.out, message, command);
  }
  const { code, err } = await run("upgrade-binary");
  assert.equal(code, 1);
  assert.match(err, /missing required argument/);
});

test("the flag to leave the registry is cleared in the directory of a node that does not run", async () => {
  const dataDir = join(scratch, "data");
  const config = file("config.yml", `common: { data_dir: ${dataDir} }\n`);
  const store = join(dataDir, "persistent-store.wadi.db");
  assert.match(
    (await run("clear-deregister", "--config", config)).out,
    /msg="failed to stat persistent store directory" err="stat \S+persistent-store\.wadi\.db: no such file or directory"\n$/,
  );
  assert.match((await run("clear-deregister", "--config", "/nowhere.yml")).err, /^unable to read config file/);

  mkdirSync(dataDir);
  writeFileSync(store, "");
  assert.match(
    (await run("clear-deregister", "--config", config)).out,
    /msg="persistent store directory, is not a directory"\n$/,
  );
  rmSync(store);
  mkdirSync(store, { mode: 0o700 });
  const flag = async (change?: boolean): Promise<boolean> => {
    await using values = openNodeStore(dataDir);
    const of = registrationFlag(values);
    if (change !== undefined) of.set(change);
    return of.get();
  };
  assert.equal(await flag(true), true);
  {
    using _running = lockDataDirectory(dataDir);
    const { code, out } = await run("clear-deregister", "--config", config);
    assert.equal(code, 1);
    assert.match(out, /msg="failed to open common node store" err=".*Another process is using this database\."\n$/);
  }
  assert.deepEqual(await run("clear-deregister", "--config", config), { code: 0, out: "", err: "" });
  assert.equal(await flag(), false);
});
