// A client of a network of others, as the program: it waits for peers, answers, and ends when told.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { testGenesis } from "@wadi/consensus/testing";
import { loadVector } from "@wadi/testing";
import { genesis } from "@wadi/types";

import { runCli } from "../src/testing/run-cli.ts";

const program = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "wadi-client-test-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const timeout = 120_000;

const control = (...argv: readonly string[]) => runCli("control", ...argv);

interface NodeStatus {
  readonly mode: string;
  readonly consensus: Readonly<Record<string, unknown>>;
  readonly registration: Readonly<Record<string, unknown>>;
}

const samples = loadVector<{ readonly client_not_synced_no_peers: NodeStatus }>("node/control_status_samples");
/** What is each node's own. */
const OWN: ReadonlySet<string> = new Set(["node", "consensus", "tls", "pub_key", "peer_id", "chain_context"]);

/** A status in the order of its parts, without what is each node's own, and which protocols it offers to peers. */
function comparable(status: NodeStatus): string {
  return JSON.stringify(status, (key, value: unknown) => {
    if (key === "addresses" || key === "protocols") return null;
    return OWN.has(key) && typeof value === "string" ? null : value;
  });
}

test("without peers a client is not synced, says so, and ends cleanly", { timeout }, async () => {
  const dataDir = join(scratch, "data");
  const document = join(scratch, "genesis.json");
  writeFileSync(document, genesis.printGenesis(testGenesis({ validators: ["somebody"] })));
  const config = join(scratch, "config.yml");
  writeFileSync(
    config,
    `common: { data_dir: ${dataDir}, debug: { allow_root: true }, log: { file: node.log, format: JSON } }
genesis: { file: ${document} }
`,
  );
  const flags = ["--conditions=wadi-source", "--disable-warning=ExperimentalWarning", program, "--config", config];
  const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];
  const node = spawn(process.execPath, [...flags, ...debug], { stdio: "inherit" });
  const at = ["-a", `unix:${join(dataDir, "internal.sock")}`];

  const { code, out } = await control("status", "--wait", ...at);
  assert.equal(code, 0);
  const status = JSON.parse(out) as NodeStatus;
  if (samples !== undefined) assert.equal(comparable(status), comparable(samples.client_not_synced_no_peers));
  assert.equal(status.mode, "client");
  assert.deepEqual(
    [status.consensus["status"], status.consensus["latest_height"], status.consensus["is_validator"]],
    ["syncing", 0, false],
  );
  assert.deepEqual(status.registration, {
    last_attempt_successful: false,
    last_attempt: "0001-01-01T00:00:00Z",
    last_registration: "0001-01-01T00:00:00Z",
  });
  assert.deepEqual(await control("is-synced", ...at), {
    code: 1,
    out: "node has not completed initial syncing\n",
    err: "",
  });
  assert.deepEqual(await control("is-ready", ...at), { code: 1, out: "node is not ready\n", err: "" });

  // It has no owner, so that it leaves nothing behind and can stop at once.
  assert.deepEqual(await control("shutdown", "--wait", ...at), { code: 0, out: "", err: "" });
  assert.deepEqual(await once(node, "close"), [0, null]);
  assert.equal(existsSync(join(dataDir, "internal.sock")), false);
  const log = readFileSync(join(dataDir, "node.log"), "utf8");
  assert.match(log, /"level":"warn","module":"consensus","msg":"waiting for peers: /);
});
