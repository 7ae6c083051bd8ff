// When the steps of a start were done: what a slow start is explained with.
import type { BootStep } from "@wadi/localnet";

export interface BootTime {
  /** `modules`: the program is loaded; `sandbox`: it was tried; the others are the network's. */
  readonly step: BootStep | "modules" | "sandbox";
  /** Since the start of the process. */
  readonly ms: number;
  /** Processor time of this process until then, of all its threads. */
  readonly cpuMs: number;
}

export class BootTimes {
  readonly times: BootTime[] = [];

  /** The step is done. */
  add(step: BootTime["step"]): void {
    const { system, user } = process.cpuUsage();
    this.times.push({ step, ms: performance.now(), cpuMs: (system + user) / 1000 });
  }
}
