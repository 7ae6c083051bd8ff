// A runtime's process in this one: its threads, its realm, abort. The host is at the other end of a
// stream in memory.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { duplexPair } from "node:stream";
import { after, before, test } from "node:test";
import { Script } from "node:vm";
import { decodeCbor, encodeCbor, list, struct, text, u64, type Schema } from "@wadi/codec";
import { EMPTY_HASH, testSigner } from "@wadi/crypto";
import { EMPTY, Endpoint, type BodyValue, type RequestHandler } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace } from "@wadi/types";
import { must } from "@wadi/util";
import { bundleScripts, loadRuntime } from "../src/build/index.ts";
import { signCall } from "../src/formats/signed-calls.ts";
import { serveHost, systemTimers } from "../src/process/serve.ts";

const RUNTIME_ID = `80${"00".repeat(31)}` as Namespace;
const TIMESTAMP = 1_700_000_000n;

const scripts = await bundleScripts(new URL("probe-runtime.ts", import.meta.url).pathname);
const notesScripts = await bundleScripts(new URL("notes-runtime.ts", import.meta.url).pathname);

const header = roothash.emptyHeader({
  namespace: RUNTIME_ID,
  round: 10n,
  timestamp: TIMESTAMP,
  headerType: roothash.headerTypes.normal,
});

const consensusBlock = { height: 5, meta: null };

/** A host with a running runtime. */
class TestHost implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #served: Promise<void>;

  constructor(handler: RequestHandler, { batchThread, runtime } = scripts) {
    const [ours, theirs] = duplexPair();
    this.endpoint = new Endpoint(ours, { role: "host", timers: systemTimers, handler });
    this.#served = serveHost(() => theirs, { threadSource: batchThread, runtimeSource: runtime });
  }

  async initialize(): Promise<BodyValue<"RuntimeInfoResponse">> {
    const info = await this.endpoint.request("RuntimeInfoRequest", {
      runtimeId: RUNTIME_ID,
      consensusBackend: "tendermint",
      consensusProtocolVersion: { major: 7, minor: 0, patch: 0 },
      consensusChainContext: "test",
      localConfig: new Map(),
    });
    this.endpoint.ready();
    return info;
  }

  schedule(
    input: string | Uint8Array,
    stateRoot: Hash = EMPTY_HASH,
  ): Promise<BodyValue<"RuntimeExecuteTxBatchResponse">> {
    return this.endpoint.request("RuntimeExecuteTxBatchRequest", {
      mode: 1,
      consensusBlock,
      roundResults: null,
      ioRoot: EMPTY_HASH,
      inputs: [Buffer.from(input)],
      inMessages: [],
      block: { header: { ...header, stateRoot } },
      epoch: 1n,
      maxMessages: 0,
    });
  }

  async query<T>(method: string, result: Schema<T>, args: Uint8Array = new Uint8Array(0)): Promise<T> {
    const request = { consensusBlock, header, epoch: 1n, maxMessages: 0, method, args };
    return decodeCbor(result, (await this.endpoint.request("RuntimeQueryRequest", request)).data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endpoint.close();
    await this.#served;
  }
}

const refuse: RequestHandler = () => {
  throw new Error("method not supported");
};

let host: TestHost;
before(async () => {
  host = new TestHost(refuse);
  const info = await host.initialize();
  assert.deepEqual(info.runtimeVersion, { major: 4, minor: 5, patch: 6 });
  assert.equal(info.features.scheduleControl?.initialBatchSize, 100);
});
after(() => host[Symbol.asyncDispose]());

test("the description is what the code says", async () => {
  const { description, threadCode } = await loadRuntime(scripts);
  assert.deepEqual(description, { version: { major: 4, minor: 5, patch: 6 }, maxBatchSize: 100 });
  // What executables hold, so that their threads start in half the time.
  const script = new Script(scripts.batchThread, { filename: "batch-thread.js", cachedData: threadCode });
  assert.equal(script.cachedDataRejected, false);
});

/** Code and what must become of it. */
const probes: Readonly<Record<string, string>> = {
  "typeof process": "undefined",
  "typeof require": "undefined",
  "typeof module": "undefined",
  "typeof Buffer": "undefined",
  "typeof setTimeout": "undefined",
  "typeof setImmediate": "undefined",
  "typeof queueMicrotask": "undefined",
  "typeof performance": "undefined",
  "typeof crypto": "undefined",
  "typeof fetch": "undefined",
  "typeof Intl": "undefined",
  "typeof WebAssembly": "undefined",
  "typeof SharedArrayBuffer": "undefined",
  "typeof Atomics": "undefined",
  "typeof WeakRef": "undefined",
  "typeof FinalizationRegistry": "undefined",
  "typeof navigator": "undefined",
  "Math.random()": "throws TypeError",
  "'a'.localeCompare('b')": "throws TypeError",
  "(1.5).toLocaleString()": "throws TypeError",
  "new Date(0).toLocaleString()": "throws TypeError",
  "[1].toLocaleString()": "throws TypeError",
  "new Uint8Array(1).toLocaleString()": "throws TypeError",
  "Date.now()": "1700000000000",
  "new Date().getTime()": "1700000000000",
  "new (class extends Date {})().getTime()": "1700000000000",
  "new (Object.getPrototypeOf(new Date(0)).constructor)().getTime()": "1700000000000",
  "typeof Temporal": "undefined",
  "(/(a)/.test('a'), RegExp.$1)": "undefined",
  "typeof Date()": "string",
  "new Date(2020, 0, 1).toISOString()": "2020-01-01T00:00:00.000Z",
  "Date.UTC(2020, 0, 1)": "1577836800000",
  "new Date(7) instanceof Date": "true",
  "(Array.prototype.added = 1, [].added)": "undefined",
  "(() => { 'use strict'; Array.prototype.added = 1; })()": "throws TypeError",
  "(() => { 'use strict'; globalThis.added = 1; })()": "throws TypeError",
  "(() => { 'use strict'; Math.added = 1; })()": "throws TypeError",
  "(() => { 'use strict'; Object.getPrototypeOf(function* () {}).added = 1; })()": "throws TypeError",
  "(() => { 'use strict'; Object.prototype.toString = () => 1; })()": "throws TypeError",
  "(() => { 'use strict'; const o = {}; o.toString = () => 'own'; return `${o}`; })()": "own",
  "(function () {}).constructor('return typeof process')()": "undefined",
  "(async () => {}).constructor('return 1').name": "anonymous",
  "JSON.stringify({ a: [1n].length })": '{"a":1}',
  "new TextEncoder().encode('é').length": "2",
};

test("nothing of the machine can be seen or changed", async () => {
  const codes = Object.keys(probes);
  const found = await host.query("evaluate", list(text), encodeCbor(list(text), codes));
  assert.deepEqual(Object.fromEntries(codes.map((code, i) => [code, found[i]])), probes);
});

test("what runtime code shares with the kit cannot be changed", async () => {
  const refused = Array.from({ length: 4 }, () => "throws TypeError");
  assert.deepEqual(await host.query("share", list(text)), [...refused, "CallError"]);
});

test("subclasses of frozen classes can name their instances", async () => {
  assert.equal(await host.query("name", text), "Named: x");
});

test("time is the block's, and local time is UTC", async (t) => {
  const zone = process.env["TZ"];
  process.env["TZ"] = "UTC";
  t.after(() => (zone === undefined ? delete process.env["TZ"] : (process.env["TZ"] = zone)));
  assert.equal(await host.query("now", text), "2023-11-14T22:13:20.000Z 1700000000000 0");
});

test("variables of a module do not outlive a request", async () => {
  assert.equal(await host.query("count", u64), 1n);
  assert.equal(await host.query("count", u64), 1n);
});

test("pings and queries are answered during a batch, abort ends it, and the next one runs", async () => {
  const spinning = host.schedule("spin");
  const failed = assert.rejects(spinning, { message: "batch aborted" });
  for (let i = 0; i < 3; i++) await host.endpoint.request("RuntimePingRequest", EMPTY, { timeoutMs: 1000 });
  assert.equal(await host.query("count", u64), 1n);
  await host.endpoint.request("RuntimeAbortRequest", EMPTY, { timeoutMs: 2000 });
  await failed;
  const { txHashes } = await host.schedule("count");
  assert.equal(txHashes.length, 1);
});

test("abort without a batch is answered", async () => {
  await host.endpoint.request("RuntimeAbortRequest", EMPTY, { timeoutMs: 1000 });
});

test("a batch that waits for the host can be aborted", async () => {
  const asked = Promise.withResolvers<void>();
  await using silent = new TestHost(() => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  await silent.initialize();
  const failed = assert.rejects(silent.schedule("read", "11".repeat(32) as Hash), { message: "batch aborted" });
  await asked.promise;
  await silent.endpoint.request("RuntimeAbortRequest", EMPTY, { timeoutMs: 2000 });
  await failed;
});

test("an error of the host ends the batch, not the runtime", async () => {
  await assert.rejects(host.schedule("read", "11".repeat(32) as Hash), { message: "method not supported" });
  await host.endpoint.request("RuntimePingRequest", EMPTY, { timeoutMs: 1000 });
});

test("the README shows the notes runtime as it is tested", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const source = await readFile(new URL("notes-runtime.ts", import.meta.url), "utf8");
  assert.ok(readme.includes(`\`\`\`ts\n${source.slice(source.indexOf("\n") + 1)}\`\`\``));
});

test("signed calls are verified in the locked realm", async () => {
  await using notes = new TestHost(refuse, notesScripts);
  await notes.initialize();
  const Note = struct("note", { title: text, body: text });
  const args = encodeCbor(Note, { title: "t", body: "b" });
  const network = { runtimeId: RUNTIME_ID, chainContext: "test" };
  const input = signCall({ nonce: 0n, method: "notes.Write", args }, network, testSigner("alice"));
  const { batch, txHashes } = await notes.schedule(input);
  assert.equal(txHashes.length, 1);
  const keys = batch.stateWriteLog.map(({ key }) => Buffer.from(key).toString("latin1"));
  assert.ok(keys.includes("note/t") && keys.some((key) => key.startsWith("\0kit/nonce/")));
  // The state that the batch made: checks need not ask the host for it.
  const again = signCall({ nonce: 1n, method: "notes.Write", args }, network, testSigner("alice"));
  const { results } = await notes.endpoint.request("RuntimeCheckTxBatchRequest", {
    consensusBlock,
    inputs: [again],
    block: { header: { ...header, round: 11n, stateRoot: must(batch.header.stateRoot) } },
    epoch: 1n,
    maxMessages: 0,
  });
  assert.deepEqual(results[0]?.error, { module: "", code: 0, message: "" });
  const forged = signCall(
    { nonce: 0n, method: "notes.Write", args },
    { ...network, chainContext: "x" },
    testSigner("alice"),
  );
  assert.equal((await notes.schedule(forged)).txRejectHashes.length, 1);
});

test("what a runtime must refuse", async () => {
  const info = {
    runtimeId: RUNTIME_ID,
    consensusBackend: "tendermint",
    consensusProtocolVersion: { major: 7, minor: 0, patch: 0 },
    consensusChainContext: "test",
    localConfig: new Map(),
  };
  await assert.rejects(host.endpoint.request("RuntimeInfoRequest", info), { message: "already initialized" });
  await assert.rejects(host.endpoint.request("RuntimeShutdownRequest", EMPTY), { message: "method not supported" });
  await assert.rejects(host.endpoint.request("HostIdentityRequest", EMPTY), { message: "method not supported" });
  await using fresh = new TestHost(refuse);
  const other = { ...info, consensusBackend: "cometbft" };
  await assert.rejects(fresh.endpoint.request("RuntimeInfoRequest", other), {
    message: "incompatible consensus backend",
  });
});

test("code that imports the platform is refused when it is bundled", async () => {
  const entry = new URL("platform-runtime.ts", import.meta.url).pathname;
  await assert.rejects(bundleScripts(entry), /"node:fs" cannot be used in a runtime/);
});
