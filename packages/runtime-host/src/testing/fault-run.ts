// Components under random faults: killed from outside, ended by themselves, sending garbage, aborted,
// stopped while they start. What a run is depends on its seed, but for the kernel's timing.
import { setTimeout as sleep } from "node:timers/promises";

import { EMPTY, ErrNotReady } from "@wadi/runtime-protocol";
import { Prng } from "@wadi/testing";
import { WadiError } from "@wadi/util";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { restartPace } from "../process/restart-pace.ts";
import { SandboxedLauncher } from "../process/sandboxed-launcher.ts";
import { SupervisedRuntime } from "../process/supervised-runtime.ts";
import { descendants } from "./leaks.ts";
import { goodGuest, guestProgram, type GuestReaction } from "./node-guest.ts";
import { probeComponent } from "./sandbox.ts";
import { testHostInfo } from "./test-runtime.ts";

const pace = { ...restartPace, initialMs: 1, maxMs: 20 };

/** What a faulty guest does when it is asked to follow consensus. */
const reactions: readonly GuestReaction[] = ["exit", "crash", "hangUp", "cutFrame", "hugeLength", "flood", "print"];

function supervise(component: HostedComponentFiles, reaction: GuestReaction): SupervisedRuntime {
  const script = { ...goodGuest, RuntimeConsensusSyncRequest: reaction };
  const handler = (): never => {
    throw new WadiError(ErrNotReady);
  };
  const launcher = new SandboxedLauncher({}, "sandbox", () => guestProgram(script));
  return new SupervisedRuntime({ launcher, handler }, { component, hostInfo: testHostInfo, pace });
}

/** Resolves when a call is answered. */
async function answers(runtime: SupervisedRuntime): Promise<void> {
  for (;;) {
    try {
      await runtime.request("RuntimePingRequest", EMPTY, { timeoutMs: 30_000 });
      return;
    } catch (e) {
      // The process that was asked has ended; the next one answers.
      if (e instanceof Error && e.message.includes("timeout")) throw e;
    }
  }
}

/** Kills a component again and again, from outside or by a forced abort, and waits until it is back. */
export async function killCycles(folder: string, cycles: number): Promise<void> {
  await using runtime = supervise(await probeComponent(folder), "silence");
  runtime.start();
  for (let i = 0; i < cycles; i++) {
    await answers(runtime);
    const { pid } = runtime;
    if (i % 3 === 2) await runtime.abort({ force: true });
    else if (pid !== undefined) {
      // The sandbox itself, or what runs in it.
      const inner = descendants(pid).at(-1);
      kill(i % 3 === 0 || inner === undefined ? pid : inner);
    }
  }
  await answers(runtime);
}

/** Starts components and ends each at some moment: while it starts, or in the instant that it connects. */
export async function killedStarts(folder: string, count: number, seed: number): Promise<void> {
  const random = new Prng(seed);
  const component = await probeComponent(folder);
  const launcher = new SandboxedLauncher();
  for (let i = 0; i < count; i++) {
    const signal = i % 2 === 0 ? AbortSignal.timeout(1 + random.below(40)) : AbortSignal.timeout(60_000);
    try {
      const { kill: end, exited, stream } = await launcher.launch(component, { output: () => undefined, signal });
      end();
      await exited;
      stream.destroy();
    } catch (e) {
      if (!signal.aborted) throw e;
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
}

export interface FaultCounts {
  faults: number;
  restarts: number;
}

/** Faults for about so long; one component stays unharmed and must answer after each fault. */
export async function randomFaults(folder: string, durationMs: number, seed: number): Promise<FaultCounts> {
  const random = new Prng(seed);
  const counts: FaultCounts = { faults: 0, restarts: 0 };
  const component = await probeComponent(folder);
  await using control = supervise(component, "silence");
  control.start();
  await answers(control);
  const { pid } = control;
  const until = performance.now() + durationMs;
  while (performance.now() < until) {
    await using faulty = supervise(component, random.pick(reactions) ?? "exit");
    faulty.watch(({ type }) => {
      if (type === "started") counts.restarts++;
    });
    faulty.start();
    for (let i = random.below(4); i >= 0; i--) {
      await oneFault(faulty, random);
      counts.faults++;
    }
    await answers(control);
    if (control.pid !== pid) throw new Error(`seed ${seed}: a fault of another component ended the unharmed one`);
  }
  return counts;
}

async function oneFault(runtime: SupervisedRuntime, random: Prng): Promise<void> {
  const signal = AbortSignal.timeout(1 + random.below(400));
  switch (random.below(5)) {
    case 0:
      // Killed at whatever point of its start.
      await sleep(random.below(150));
      if (runtime.pid !== undefined) kill(runtime.pid);
      return;
    case 1:
      await runtime.abort({ force: random.below(2) === 0, signal }).catch(() => undefined);
      return;
    case 2:
      await answers(runtime);
      return;
    default:
      await runtime.request("RuntimeConsensusSyncRequest", { height: 1n }, { signal }).catch(() => undefined);
  }
}
