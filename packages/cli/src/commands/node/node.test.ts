// Refusals of the program without a command; that it runs is tested with real networks.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { accountSigner, testGenesis } from "@wadi/consensus/testing";
import { genesis } from "@wadi/types";
import { fromHex, toBase64 } from "@wadi/util";

import { runCli } from "../../testing/run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-node-command-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const document = join(scratch, "genesis.json");
writeFileSync(document, genesis.printGenesis(testGenesis({ validators: ["a"], epochInterval: 10n })));
const entity = toBase64(fromHex(accountSigner("alice").publicKey));
const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];

let count = 0;
/** Runs a node with a configuration; `DIR` in it is a data directory of its own. */
async function run(yaml: string, flags: readonly string[] = debug) {
  const dataDir = join(scratch, `data-${count++}`);
  const config = join(scratch, "config.yml");
  writeFileSync(config, yaml.replaceAll("DIR", dataDir));
  const { code, out, err } = await runCli("--config", config, ...flags);
  const failure = /msg="failed to start oasis node" err="?(.*?)"?\n$/.exec(out)?.[1];
  return { code, failure, err, dataDir, out };
}

const common = "common: { data_dir: DIR, debug: { allow_root: true } }\n";
const network = `genesis: { file: ${document} }\n`;
const withEntity = `registration: { entity_id: ${entity} }\n`;

test("what keeps a node from starting is its last record, and exit code 1", async () => {
  const cases: readonly (readonly [yaml: string, failure: RegExp])[] = [
    [`mode: validator\n${network}common: { debug: { allow_root: true } }\n`, /^data directory not configured$/],
    [
      `mode: validator\n${common}genesis: { file: /nowhere/genesis.json }\n`,
      /^failed to get genesis document: genesis: failed to open genesis document: open \/nowhere\/genesis\.json: no such file or directory$/,
    ],
    [`mode: seed\n${common}${network}`, /^mode seed is not supported yet: it needs the peer-to-peer network$/],
    [
      `mode: client\n${common}${network}${withEntity}`,
      /^client node must not have entity configured, try using observer mode instead$/,
    ],
    [
      `mode: client\n${common}${network}consensus: { validator: true }\n`,
      /^node has no entity configured but expects one$/,
    ],
    [
      `mode: client\n${common}${network}consensus: { local_storage: false }\n`,
      /^nodes without local storage are not supported yet/,
    ],
    [`mode: validator\n${common}${network}`, /^node has no entity configured but expects one$/],
    [
      `mode: validator\n${common}${network}registration: { entity: /nowhere/entity.json }\n`,
      /^failed to resolve entity ID: failed to load entity descriptor: open \/nowhere\/entity\.json: no such file or directory$/,
    ],
    [
      `mode: compute\n${common}${network}${withEntity}`,
      /^at least one runtime must be configured when in compute, keymanager, or observer modes$/,
    ],
    [
      `mode: validator\n${common}${network}${withEntity}runtime: { paths: [x.orc] }\n`,
      /^no runtimes should be configured when in validator or seed modes$/,
    ],
    [
      `mode: compute\n${common}${network}${withEntity}runtime: { paths: [/nowhere/x.orc] }\n`,
      /failed to open bundle: .*no such file or directory.*\/nowhere\/x\.orc/,
    ],
    [
      `mode: validator\n${common}${network}${withEntity}consensus: { prune: { strategy: some } }\n`,
      /^abci\/pruner: unknown pruning strategy: 'some'$/,
    ],
    [
      `mode: validator\n${common}${network}${withEntity}consensus: { external_address: "http://1.2.3.4:5" }\n`,
      /^external address has invalid scheme/,
    ],
  ];
  for (const [yaml, expected] of cases) {
    const { code, err, failure, out } = await run(yaml);
    assert.deepEqual([code, err], [1, ""], yaml);
    assert.match(failure ?? out, expected, yaml);
  }
});

test("the debug flag is asked for where something is unsafe", async () => {
  const genesisWithoutTestKeys = `mode: compute\n${common}${network}${withEntity}runtime: { provisioner: unconfined, paths: [x.orc] }\n`;
  const { code, failure } = await run(genesisWithoutTestKeys, []);
  assert.equal(code, 1);
  const isRoot = process.geteuid?.() === 0;
  assert.match(failure ?? "", isRoot ? /^running with elevated privileges not allowed$/ : /^failed to get genesis/);
});

test("what is wrong before there is a log is plain text", async () => {
  const unknown = await run("mode: validator\nnonsense: 1\n");
  assert.deepEqual([unknown.code, unknown.out], [1, ""]);
  assert.match(
    unknown.err,
    /^failed to load config file '.*': yaml: unmarshal errors:\n {2}line 2: field nonsense not found/,
  );
  assert.match((await run("mode: whatever\n")).err, /^unknown node mode: whatever\n$/);
  assert.match(
    (await run(`${common.replace("} }", "}, log: { format: xml } }")}`)).err,
    /^logging: invalid log format/,
  );

  const { code, err } = await runCli("--config", "/nowhere/config.yml");
  assert.equal(code, 1);
  assert.equal(
    err,
    "unable to read config file '/nowhere/config.yml': open /nowhere/config.yml: no such file or directory\n",
  );
});

test("a data directory is for its owner only, and nothing is made in one that is not", async () => {
  const dataDir = join(scratch, "open");
  mkdirSync(dataDir);
  chmodSync(dataDir, 0o755);
  const yaml = `mode: validator\n${common}${network}${withEntity}`.replaceAll("DIR", dataDir);
  assert.equal(
    (await run(yaml)).err,
    `common/Mkdir: path '${dataDir}' has invalid permissions: -rwxr-xr-x. Expected permissions: -rwx------\n`,
  );
  assert.equal(existsSync(join(dataDir, "identity.pem")), false);
  const file = join(scratch, "a-file");
  writeFileSync(file, "");
  assert.equal((await run(yaml.replaceAll(dataDir, file))).err, `common/Mkdir: path '${file}' is not a directory\n`);
});

test("the log goes to a file in the data directory, in the format and from the level that is wanted", async () => {
  const yaml = `mode: seed\n${network}common: { data_dir: DIR, debug: { allow_root: true }, log: { file: node.log, format: Json, level: { default: info } } }\n`;
  const { code, dataDir, out } = await run(yaml);
  assert.deepEqual([code, out], [1, ""]);
  const records = readFileSync(join(dataDir, "node.log"), "utf8").trimEnd().split("\n");
  const first = JSON.parse(records[0] ?? "") as Record<string, unknown>;
  assert.deepEqual(
    [first["level"], first["module"], first["msg"], first["mode"]],
    ["info", "oasis-node", "Starting oasis-node", "seed"],
  );
  assert.match(records.at(-1) ?? "", /"msg":"failed to start oasis node"/);
});

test("a log that cannot be written is told of once, and is no reason to fail", async () => {
  const logged =
    "common: { data_dir: DIR, debug: { allow_root: true }, log: { file: /dev/full, level: { default: info } } }\n";
  const { code, err, out } = await run(`mode: validator\n${logged}genesis: { file: /nowhere/genesis.json }\n`);
  assert.deepEqual([code, out], [1, ""]);
  assert.equal(err, "the log cannot be written, the node goes on without it: ENOSPC: no space left on device, write\n");
});
