// The sample as an executable under bubblewrap and the system call filter: built once, then hosted
// as a node hosts it. The database of the developer's chain stands for the node's storage.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytes, decodeCbor, encodeCbor, list, nullable, text } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { openNodeDb, proveGet, proveIterate, provePrefixes, RootType, Tree, type ReadSyncer } from "@wadi/mkvs";
import {
  checkTransactions,
  commitBatch,
  executeBatch,
  hostHandler,
  inputRoot,
  ManifestComponent,
  queryRuntime,
  SandboxedLauncher,
  scheduleBatch,
  SupervisedRuntime,
  verifyBatch,
  type BatchRequest,
  type HostServices,
} from "@wadi/runtime-host";
import { buildExecutable } from "@wadi/runtime-kit/build";
import { roothash, type Hash, type Namespace, type PublicKey } from "@wadi/types";
import { must, utf8 } from "@wadi/util";
import { spawnSync } from "node:child_process";
import { Call, CallOutput, Get, Insert } from "../src/calls.ts";

const RUNTIME_ID = `80${"00".repeat(31)}` as Namespace;

/** Why bubblewrap cannot be used here, or false. */
function sandboxIsMissing(): string | false {
  if (process.platform !== "linux" || process.arch !== "x64") return "sandboxes are for Linux on x86_64";
  const { error, status } = spawnSync("/usr/bin/bwrap", ["--unshare-all", "--ro-bind", "/", "/", "--", "/bin/true"]);
  if (error !== undefined) return "bubblewrap is not installed";
  return status === 0 ? false : "bubblewrap does not work here";
}

const skip = sandboxIsMissing();
const folder = await mkdtemp(join(tmpdir(), "wadi-keyvalue-"));
after(() => rm(folder, { recursive: true, force: true }));

const db = openNodeDb({ namespace: RUNTIME_ID });
after(() => db.close());

const storage: ReadSyncer = {
  syncGet: async (request) => proveGet(new Tree(db, request.tree.root), request),
  syncGetPrefixes: async (request) => provePrefixes(new Tree(db, request.tree.root), request),
  syncIterate: async (request) => proveIterate(new Tree(db, request.tree.root), request),
};

const unused = (): never => assert.fail("the sample asks for its own state only");
const services: HostServices = {
  identity: { nodeId: "11".repeat(32) as PublicKey },
  consensusStorage: { syncGet: unused, syncGetPrefixes: unused, syncIterate: unused },
  runtimeStorage: storage,
  localStorage: { get: unused, set: unused },
  consensus: {
    lightBlock: () => ({ height: 7, meta: null }),
    validators: unused,
    events: unused,
    transactionsWithProofs: unused,
    genesisHeight: unused,
  },
};

const genesis = roothash.emptyHeader({
  namespace: RUNTIME_ID,
  timestamp: 1_700_000_000n,
  headerType: roothash.headerTypes.normal,
});

function requestOn(header: roothash.Header): BatchRequest {
  const consensusBlock = { height: 7, meta: null };
  return { block: { header }, consensusBlock, epoch: 2n, maxMessages: 4, roundResults: null, incoming: [] };
}

function insertion(nonce: bigint, key: string, value: string): Uint8Array {
  const args = encodeCbor(Insert, { key, value, generation: 0n, churpId: 0 });
  return encodeCbor(Call, { sender: utf8("somebody"), nonce, method: "insert", args });
}

const options = { timeoutMs: 10_000 };

test("the sample runs batches under the sandbox", { skip, timeout: 120_000 }, async (t) => {
  const { version, maxBatchSize } = await buildExecutable({
    entry: new URL("../src/main.ts", import.meta.url).pathname,
    output: join(folder, "keyvalue"),
  });
  const component = { ...ManifestComponent.zero(), kind: "ronl", version, elf: { executable: "keyvalue" } };
  await using runtime = new SupervisedRuntime(
    { launcher: new SandboxedLauncher(), handler: hostHandler(services) },
    {
      component: { runtimeId: RUNTIME_ID, component, directory: folder },
      hostInfo: { runtimeId: RUNTIME_ID, chainContext: "00".repeat(32) },
      expectedVersion: version,
    },
  );
  runtime.start();
  let header = genesis;

  await t.test("it starts and follows consensus", async () => {
    await runtime.request("RuntimeConsensusSyncRequest", { height: 7n }, { timeoutMs: 60_000 });
    assert.equal(runtime.info?.features.scheduleControl?.initialBatchSize, maxBatchSize);
  });

  await t.test("checks", async () => {
    const inputs = [insertion(0n, "a", "1"), insertion(0n, "b", "x".repeat(129))];
    const [good, bad] = await checkTransactions(runtime, requestOn(header), inputs);
    assert.ok(good?.ok);
    assert.ok(bad?.ok === false && bad.error.message === "Value too big to be inserted.");
  });

  for (let round = 0; round < 3; round++) {
    await t.test(`round ${round + 1}: what is scheduled executes to the same, and can be stored`, async () => {
      const request = requestOn(header);
      const first = BigInt(20 * round);
      const inputs = Array.from({ length: 20 }, (_, i) => insertion(first + BigInt(i), `key ${i}`, `${round}.${i}`));
      const scheduled = await scheduleBatch(runtime, request, inputs, { ...options, initialBatchSize: maxBatchSize });
      const ioRoot = inputRoot(inputs);
      assert.equal(scheduled.txInputRoot, ioRoot);
      assert.deepEqual(
        scheduled.txHashes,
        inputs.map((input) => hashOf(input)),
      );
      const executed = await executeBatch(runtime, request, inputs, { ...options, ioRoot });
      assert.deepEqual(executed.batch, scheduled.batch);
      const verified = verifyBatch(executed, request, { ioRoot, store: db });
      commitBatch(db, header, verified);
      const root = { namespace: RUNTIME_ID, version: verified.round };
      db.finalize([
        { ...root, type: RootType.io, hash: verified.ioRoot },
        { ...root, type: RootType.state, hash: verified.stateRoot },
      ]);
      const { round: next, stateRoot, ioRoot: io } = executed.batch.header;
      header = { ...header, round: next, stateRoot: must(stateRoot) as Hash, ioRoot: must(io) as Hash };
    });
  }

  await t.test("queries read what was stored, with proofs", async () => {
    const args = encodeCbor(Get, { key: "key 7", generation: 0n, churpId: 0 });
    const data = await queryRuntime(runtime, requestOn(header), { method: "get", args }, options);
    assert.equal(decodeCbor(nullable(text), data), "2.7");
  });

  await t.test("an output tells why a call failed", async () => {
    const inputs = [insertion(99n, "late", "nonce")];
    const { batch } = await executeBatch(runtime, requestOn(header), inputs, { ...options, ioRoot: inputRoot(inputs) });
    const output = must(batch.ioWriteLog.find(({ key }) => key[0] === 0x54)?.value);
    const [inner] = decodeCbor(list(bytes), output);
    assert.equal(decodeCbor(CallOutput, must(inner)).error, "Invalid nonce: 99");
  });
});
