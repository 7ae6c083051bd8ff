// A data directory that was damaged: what is wrong is named, in a line of the log or on standard
// error, with exit code 1, and nothing is made worse.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runValidator } from "@wadi/consensus";
import { accountSigner, testGenesis, testIdentity, noQuotes, reached, testSwitches } from "@wadi/consensus/testing";
import { genesis } from "@wadi/types";
import { fromHex, toBase64 } from "@wadi/util";

import { runCli } from "../src/testing/run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-damage-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const sound = join(scratch, "sound");
const document = testGenesis({ validators: ["a"], epochInterval: 10n });
const genesisFile = join(scratch, "genesis.json");
const flags = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"] as const;
const timeout = 300_000;

before(async () => {
  writeFileSync(genesisFile, genesis.printGenesis(document));
  testIdentity(sound, "a");
  // Twice: from the second start on there is something to go on from.
  for (const height of [6, 12]) {
    await using node = await runValidator({ document, dataDir: sound, quotes: noQuotes, debug: testSwitches });
    await reached(node, height);
  }
  await runNode(sound, genesisFile);
});

let configs = 0;
function configFor(dataDir: string, genesisPath: string): string {
  const path = join(scratch, `config-${configs++}.yml`);
  const entity = toBase64(fromHex(accountSigner("alice").publicKey));
  writeFileSync(
    path,
    `mode: validator
common: { data_dir: ${dataDir}, debug: { allow_root: true } }
genesis: { file: ${genesisPath} }
consensus: { halt_height: 14, listen_address: "tcp://127.0.0.1:26656" }
p2p: { registration: { addresses: ["127.0.0.1:9200"] } }
registration: { entity_id: ${entity} }
`,
  );
  return path;
}

/** Runs a node until it halts or refuses; what it wrote. */
async function runNode(dataDir: string, genesisPath: string): Promise<{ code: number; text: string }> {
  const { code, out, err } = await runCli("--config", configFor(dataDir, genesisPath), ...flags);
  return { code, text: out + err };
}

function copy(): string {
  const dataDir = join(scratch, "damaged");
  rmSync(dataDir, { recursive: true, force: true });
  cpSync(sound, dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  return dataDir;
}

const ENGINE = "consensus/data/engine.wadi.db";
const STATE = "consensus/state/mkvs_storage.wadi.db/nodes.mdb";
const VALUES = "persistent-store.wadi.db/node.mdb";
const SIGN_STATE = "consensus/oasis_priv_validator.json";

const cut = (path: string): void => truncateSync(path, lstatSync(path).size >> 1);
const empty = (path: string): void => truncateSync(path, 0);
const makeReadable = (path: string): void => chmodSync(path, 0o644);
function replaceByFolder(path: string): void {
  unlinkSync(path);
  mkdirSync(path, { mode: 0o700 });
}
/** A byte of each run of a hundred is another one. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  for (let i = 37; i < bytes.length; i += 101) bytes[i] = (bytes[i] ?? 0) ^ 0x55;
  writeFileSync(path, bytes);
}

test("damaged files of a data directory are named", { timeout }, async () => {
  const pem = ["identity.pem", "consensus.pem", "p2p.pem", "vrf.pem", "p2p_entropy.pem"];
  const cases: readonly (readonly [file: string, damage: (path: string) => void, text: RegExp])[] = [
    ...pem.flatMap((file) => [
      [file, cut, /pem: data does not contain a block/] as const,
      [file, empty, /pem: data does not contain a block/] as const,
      [file, makeReadable, /signature\/signer\/file: invalid PEM file permissions 644 on/] as const,
    ]),
    ["vrf.pem", unlinkSync, /file does not exist: /],
    [SIGN_STATE, cut, /invalid sign state file: .*JSON/],
    [SIGN_STATE, empty, /invalid sign state file: /],
    [SIGN_STATE, replaceByFolder, /EISDIR/],
    [SIGN_STATE, unlinkSync, /the sign state file is missing beside an existing chain: bring back/],
    [ENGINE, cut, /kv: store failed: .*the file is damaged/],
    [ENGINE, flip, /kv: store failed: .*the file is damaged/],
    [ENGINE, replaceByFolder, /not a file/],
    [STATE, cut, /kv: store failed: .*the file is damaged/],
    [STATE, flip, /kv: store failed: .*the file is damaged/],
    [VALUES, cut, /kv: store failed: .*the file is damaged/],
    [`${VALUES}-lock`, replaceByFolder, /not a file/],
    ["consensus/data/cs.wal/wal", replaceByFolder, /EISDIR/],
    ["consensus/engine.lock", replaceByFolder, /unable to open database file/],
    ["persistent-store.wadi.db/engine.lock", replaceByFolder, /unable to open database file/],
  ];
  for (const [file, damage, expected] of cases) {
    const dataDir = copy();
    damage(join(dataDir, file));
    const { code, text } = await runNode(dataDir, genesisFile);
    const what = `${damage.name} ${file}: ${text}`;
    assert.equal(code, 1, what);
    assert.match(text, expected, what);
    assert.ok(text.includes(join(dataDir, file).replace(/-lock$/, "")), `the file is named: ${what}`);
    assert.doesNotMatch(text, /^ +at /m, what);
  }
});

test("what can be made again, or is cut away safely, does not keep a node from starting", { timeout }, async () => {
  const head = "consensus/data/cs.wal/wal";
  const cases: readonly (readonly [file: string, damage: (path: string) => void])[] = [
    [head, cut],
    [head, empty],
    [head, flip],
    ["tls_identity.pem", cut],
    ["tls_identity_cert.pem", empty],
    [`${ENGINE}-lock`, flip],
  ];
  for (const [file, damage] of cases) {
    const dataDir = copy();
    damage(join(dataDir, file));
    const { code, text } = await runNode(dataDir, genesisFile);
    assert.equal(code, 0, `${damage.name} ${file}: ${text}`);
  }
});

test("a genesis document that is cut off or changed is refused", { timeout }, async () => {
  const whole = readFileSync(genesisFile);
  for (const [content, expected] of [
    [whole.subarray(0, whole.length >> 1), /failed to get genesis document: /],
    [new Uint8Array(0), /failed to get genesis document: /],
    [Buffer.from(whole.toString().replace('"total_supply"', '"total_suppl\\u"')), /failed to get genesis document: /],
  ] as const) {
    const path = join(scratch, "damaged-genesis.json");
    writeFileSync(path, content);
    const { code, text } = await runNode(copy(), path);
    assert.equal(code, 1);
    assert.match(text, expected);
  }
});

const notRoot = process.geteuid?.() !== 0 && "only root can give files away";

test("a data directory of somebody else is refused", { skip: notRoot, timeout }, async () => {
  const dataDir = copy();
  chownSync(dataDir, 12_345, 12_345);
  const { code, text } = await runNode(dataDir, genesisFile);
  assert.deepEqual([code, text], [1, `common/Mkdir: path '${dataDir}' has invalid owner: 12345. Expected owner: 0\n`]);
});
