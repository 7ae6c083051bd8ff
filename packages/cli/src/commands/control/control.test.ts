// Control commands without a node; with one they are tested over real networks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { StringOutput } from "../../io.ts";
import { main } from "../../main.ts";

async function run(...argv: readonly string[]) {
  const [stdout, stderr] = [new StringOutput(), new StringOutput()];
  const code = await main(["control", ...argv], { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

test("without a node the log says why, and the exit code is the reference's", async () => {
  const cases: readonly (readonly [command: string, code: number, message: string])[] = [
    ["status", 128, "failed to query status"],
    ["is-synced", 128, "failed to query synced status"],
    ["is-ready", 128, "failed to query ready status"],
    ["wait-sync", 1, "failed to wait for sync status"],
    ["wait-ready", 1, "failed to wait for ready status"],
    ["shutdown", 1, "failed to send shutdown request"],
  ];
  for (const [command, code, message] of cases) {
    const result = await run(command, "-a", "unix:/nowhere/internal.sock");
    assert.deepEqual([result.code, result.err], [code, ""], command);
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
