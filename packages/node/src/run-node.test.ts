// Starts that fail half way, and stops: what is left of a node.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { accountSigner, noQuotes, testGenesis, testIdentity, testSwitches } from "@wadi/consensus/testing";
import { ErrRpc } from "@wadi/rpc";
import { BundleError, fileOfBytes, parseManifest, withDigests, writeBundle } from "@wadi/runtime-host";
import { Logging } from "@wadi/telemetry";
import { isError, must } from "@wadi/util";

import { lockDataDirectory } from "./data-directory.ts";
import { ErrNode } from "./errors.ts";
import type { NodeOptions } from "./node-options.ts";
import { runNode } from "./run-node.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-run-node-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function optionsIn(name: string): NodeOptions {
  const dataDir = join(scratch, name);
  return {
    document: testGenesis({ validators: ["a"], accounts: {}, beacon: "insecure" }),
    dataDir,
    identity: testIdentity(dataDir, "a"),
    mode: "validator",
    bundles: [],
    entityId: accountSigner("a").publicKey,
    addresses: { p2pAddresses: [], consensusAddresses: [] },
    debug: testSwitches,
    quotes: noQuotes,
    engine: { proofBlocks: false, emptyBlocksIntervalMs: 100 },
    logging: new Logging({ format: "logfmt", thresholds: { default: "error" }, write: () => undefined }),
  };
}

test("a start that cannot have its socket leaves nothing running, and the next one works", async () => {
  const options = optionsIn("socket");
  const socket = join(scratch, "taken");
  writeFileSync(socket, "not a socket");
  await assert.rejects(runNode({ ...options, socket }), (e) => isError(e, ErrRpc));
  assert.ok(existsSync(socket), "what was there stays");
  lockDataDirectory(options.dataDir)[Symbol.dispose]();
  await using node = await runNode(options);
  assert.ok(existsSync(node.socket));
});

test("a bundle that is none is found before the chain is touched", async () => {
  const options = optionsIn("bundle");
  const path = join(scratch, "no-bundle.orc");
  writeFileSync(path, "no bundle");
  const steps: string[] = [];
  await assert.rejects(runNode({ ...options, bundles: [path], onStep: (step) => steps.push(step) }));
  assert.deepEqual(steps, []);
  lockDataDirectory(options.dataDir)[Symbol.dispose]();
});

test("a bundle with damaged files ends the start, however far it is", async () => {
  const options = optionsIn("damaged");
  const path = join(scratch, "damaged.orc");
  const executable = Buffer.from("the bytes of a program ".repeat(1000));
  const files = new Map([["runtime.elf", fileOfBytes(executable)]]);
  const ronl = { kind: "ronl", version: { major: 1 }, elf: { executable: "runtime.elf" } };
  const manifest = parseManifest(JSON.stringify({ name: "test", id: `80${"00".repeat(31)}`, components: [ronl] }));
  await writeBundle(path, await withDigests(manifest, files), files);
  const bytes = readFileSync(path);
  // Within what the program is compressed to, which stands after its name.
  const at = bytes.indexOf("runtime.elf") + 30;
  bytes[at] = must(bytes[at]) ^ 0xff;
  writeFileSync(path, bytes);
  await assert.rejects(runNode({ ...options, bundles: [path] }), (e) => e instanceof BundleError);
  lockDataDirectory(options.dataDir)[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(options.dataDir, "runtimes", "bundles")), []);
  assert.deepEqual(readdirSync(join(options.dataDir, "runtimes", "tmp", "bundles")), []);
});

test("whoever disposes of a node waits until its directory is free", async () => {
  const options = optionsIn("twice");
  const node = await runNode(options);
  assert.throws(
    () => lockDataDirectory(options.dataDir),
    (e) => isError(e, ErrNode),
  );
  const first = node[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
  lockDataDirectory(options.dataDir)[Symbol.dispose]();
  assert.ok(!existsSync(node.socket));
  await first;
});

test("a start that is given up undoes what was started", async () => {
  const options = optionsIn("given-up");
  const controller = new AbortController();
  const steps: string[] = [];
  const onStep = (step: string): void => {
    steps.push(step);
    if (step === "services") controller.abort(new Error("enough"));
  };
  const end = await runNode({ ...options, signal: controller.signal, onStep }).then(
    () => "started",
    (e: Error) => e.message,
  );
  assert.deepEqual([end, steps], ["enough", ["consensus", "services"]]);
  lockDataDirectory(options.dataDir)[Symbol.dispose]();
  assert.ok(!existsSync(join(options.dataDir, "internal.sock")));
  await assert.rejects(runNode({ ...options, signal: AbortSignal.abort(new Error("before")) }), { message: "before" });
});
