// What the configuration file says for a runtime reaches its code.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeCbor, encodeCbor, nullable, bytes, text } from "@wadi/codec";
import { parseConfig } from "@wadi/config";
import { entitySigner, startLocalnet } from "@wadi/localnet";
import { sandboxProblems } from "@wadi/runtime-host";
import { Logging } from "@wadi/telemetry";
import { fromHex, must, toBase64 } from "@wadi/util";

import { startNode } from "../src/commands/node/start.ts";
import { runCli } from "../src/testing/run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-local-config-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const provisioner = (await sandboxProblems("/usr/bin/bwrap")).length === 0 ? "sandboxed" : "unconfined";
const id = `80${"00".repeat(31)}`;
const probe = fileURLToPath(new URL("../../runtime-kit/test/probe-runtime.ts", import.meta.url));

test("a runtime is told what stands under its name", { timeout: 300_000 }, async () => {
  const bundle = join(scratch, "probe.orc");
  const built = await runCli("bundle", "create", "--entry", probe, "--id", id, "--name", "probe", "-o", bundle);
  assert.equal(built.code, 0, built.err);
  const dataDir = join(scratch, "node");
  const network = await startLocalnet({ runtime: bundle, dataDir, provisioner, epochInterval: 20n, blockTimeMs: 100 });
  await network[Symbol.asyncDispose]();

  const yaml = `
mode: compute
common: { data_dir: ${dataDir}, debug: { allow_root: true } }
genesis: { file: ${join(dataDir, "genesis.json")} }
consensus: { validator: true, listen_address: "tcp://127.0.0.1:26656" }
p2p: { registration: { addresses: ["127.0.0.1:9200"] } }
registration: { entity_id: ${toBase64(fromHex(entitySigner().publicKey))} }
runtime:
  provisioner: ${provisioner}
  paths: [${bundle}]
  runtimes: [{ id: "${id}", config: { greeting: hello, limits: [1, 2] } }]
`;
  const debug = { dontBlameOasis: true, allowTestKeys: true, allowDebugEnclaves: false };
  const flags = { ...debug, skipQuoteVerify: false, tcbLaxVerify: false, config: "" };
  const logging = new Logging({ format: "logfmt", thresholds: { default: "error" }, write: () => undefined });
  await using node = await startNode(parseConfig(yaml, "config.yml", {}), flags, logging);
  await node.ready;
  const worker = must([...node.workers.values()][0]);
  const setting = async (key: string): Promise<Uint8Array | null> => {
    const signal = AbortSignal.timeout(60_000);
    return decodeCbor(
      nullable(bytes),
      await worker.client.query(worker.latest, "setting", encodeCbor(text, key), signal),
    );
  };
  assert.equal(decodeCbor(text, must((await setting("greeting")) ?? undefined)), "hello");
  assert.deepEqual(await setting("limits"), Uint8Array.of(0x82, 1, 2));
  assert.equal(await setting("absent"), null);
});
