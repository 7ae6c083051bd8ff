// Insertions per second through the whole way: the host's connection, the sandbox, the runtime's
// threads, reads of state with proofs. From the request to the checked answer.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@wadi/codec";
import {
  executeBatch,
  hostHandler,
  inputRoot,
  ManifestComponent,
  SandboxedLauncher,
  SupervisedRuntime,
  verifyBatch,
  type BatchRequest,
  type HostServices,
} from "@wadi/runtime-host";
import { buildExecutable } from "@wadi/runtime-kit/build";
import { benchLine } from "@wadi/testing";
import { roothash, type Namespace, type PublicKey } from "@wadi/types";
import { utf8 } from "@wadi/util";
import { Call, Insert } from "../src/calls.ts";

const RUNTIME_ID = `80${"00".repeat(31)}` as Namespace;
const RUNS = 11;

const never = (): never => {
  throw new Error("the sample asks for its own state only, which is empty");
};
const nothing = { syncGet: never, syncGetPrefixes: never, syncIterate: never };
const lightBlock = () => ({ height: 7, meta: null });
const services: HostServices = {
  identity: { nodeId: "11".repeat(32) as PublicKey },
  consensusStorage: nothing,
  runtimeStorage: nothing,
  localStorage: { get: never, set: never },
  consensus: { lightBlock, validators: never, events: never, transactionsWithProofs: never, genesisHeight: never },
};

const header = roothash.emptyHeader({
  namespace: RUNTIME_ID,
  headerType: roothash.headerTypes.normal,
});
const request: BatchRequest = {
  block: { header },
  consensusBlock: lightBlock(),
  epoch: 1n,
  maxMessages: 0,
  roundResults: null,
  incoming: [],
};

function insertion(i: number): Uint8Array {
  const args = encodeCbor(Insert, { key: `key ${i % 500}`, value: `value ${i}`, generation: 0n, churpId: 0 });
  return encodeCbor(Call, { sender: utf8("somebody"), nonce: BigInt(i), method: "insert", args });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function benchBatches(runtime: SupervisedRuntime, size: number): Promise<void> {
  const inputs = Array.from({ length: size }, (_, i) => insertion(i));
  const ioRoot = inputRoot(inputs);
  const times: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    verifyBatch(await executeBatch(runtime, request, inputs, { timeoutMs: 60_000, ioRoot }), request, { ioRoot });
    if (i > 0) times.push(performance.now() - start);
  }
  const value = (size * 1000) / median(times);
  benchLine({ name: `keyvalue/execute ${size} in the sandbox`, unit: "ops/s", value, ran: `${RUNS} batches` });
}

const folder = await mkdtemp(join(tmpdir(), "wadi-keyvalue-bench-"));
try {
  const entry = new URL("../src/main.ts", import.meta.url).pathname;
  const { version } = await buildExecutable({ entry, output: join(folder, "keyvalue") });
  const component = { ...ManifestComponent.zero(), kind: "ronl", version, elf: { executable: "keyvalue" } };
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    await using runtime = new SupervisedRuntime(
      { launcher: new SandboxedLauncher(), handler: hostHandler(services) },
      {
        component: { runtimeId: RUNTIME_ID, component, directory: folder },
        hostInfo: { runtimeId: RUNTIME_ID, chainContext: "00".repeat(32) },
      },
    );
    const start = performance.now();
    runtime.start();
    await runtime.request("RuntimeConsensusSyncRequest", { height: 7n }, { timeoutMs: 60_000 });
    starts.push(performance.now() - start);
    if (i === 4) for (const size of [1, 100, 1000]) await benchBatches(runtime, size);
  }
  benchLine({ name: "keyvalue/spawn to ready", unit: "ms", value: median(starts), ran: "5 starts in the sandbox" });
} finally {
  await rm(folder, { recursive: true, force: true });
}
