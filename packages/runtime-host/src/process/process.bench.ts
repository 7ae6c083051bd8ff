// From the start of a component until it is connected and has told what it is, and what a hosted
// component costs the node. The components are a 300-byte ELF and Node with a small script.
import { ErrNotReady } from "@wadi/runtime-protocol";
import { benchLine } from "@wadi/testing";
import { WadiError } from "@wadi/util";

import { goodGuest, guestProgram } from "../testing/node-guest.ts";
import { probeComponent, sandboxIsMissing } from "../testing/sandbox.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { testHostInfo } from "../testing/test-runtime.ts";
import { SandboxedLauncher } from "./sandboxed-launcher.ts";
import { SupervisedRuntime } from "./supervised-runtime.ts";

const RUNS = 15;
const HOSTED = 8;
const WARM_UP = 3;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function spawnToConnected(): Promise<void> {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    const launched = await new SandboxedLauncher().launch(component, { output: () => undefined });
    times.push(performance.now() - start);
    launched.kill();
    await launched.exited;
    launched.stream.destroy();
  }
  const ran = `median of ${RUNS}, bubblewrap with filter, static ELF`;
  benchLine({ name: "runtime-host/spawn-to-connected", unit: "ms", value: median(times), ran });
}

function hosted(component: Awaited<ReturnType<typeof probeComponent>>): SupervisedRuntime {
  const handler = (): never => {
    throw new WadiError(ErrNotReady);
  };
  const launcher = new SandboxedLauncher({}, "sandbox", () => guestProgram(goodGuest));
  return new SupervisedRuntime({ launcher, handler }, { component, hostInfo: testHostInfo });
}

function started(runtime: SupervisedRuntime): Promise<void> {
  return new Promise((resolve) => {
    runtime.watch(({ type }) => {
      if (type === "started") resolve();
    });
    runtime.start();
  });
}

/** Bytes that stay allocated in this process; exact with --expose-gc. */
async function memoryBytes(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

async function spawnToReady(): Promise<void> {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    await using runtime = hosted(component);
    const start = performance.now();
    await started(runtime);
    times.push(performance.now() - start);
  }
  const ran = `median of ${RUNS}, Node ${process.versions.node} under bubblewrap, until infos are exchanged`;
  benchLine({ name: "runtime-host/spawn-to-ready", unit: "ms", value: median(times), ran });
}

async function memoryPerRuntime(): Promise<void> {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < WARM_UP; i++) await started(stack.use(hosted(component)));
  const before = await memoryBytes();
  for (let i = 0; i < HOSTED; i++) await started(stack.use(hosted(component)));
  const value = ((await memoryBytes()) - before) / HOSTED;
  benchLine({
    name: "runtime-host/memory-per-runtime",
    unit: "bytes",
    value,
    ran: `of the node, ${HOSTED} idle runtimes`,
  });
}

const missing = sandboxIsMissing();
if (missing === false) {
  await spawnToConnected();
  await spawnToReady();
  await memoryPerRuntime();
} else process.stderr.write(`skipped: ${missing}\n`);
