// What a network says of its hosted runtime, and the process of that.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { committeeStates, type HostStatus } from "@wadi/api";
import { must } from "@wadi/util";

import type { Localnet } from "../src/localnet.ts";

export const committeeState = (net: Localnet): number | undefined =>
  net.status.runtimes.get(net.runtimeId)?.committee?.status;

export const hostOf = (net: Localnet): HostStatus | undefined =>
  net.status.runtimes.get(net.runtimeId)?.committee?.host;
export const hasFault = (net: Localnet, text: RegExp): boolean =>
  hostOf(net)?.faults?.some(({ fault }) => text.test(fault)) === true;
export const hasCall = (net: Localnet, text: RegExp): boolean =>
  hostOf(net)?.calls?.some(({ call }) => text.test(call)) === true;

export function assertSound(net: Localnet): void {
  assert.equal(committeeState(net), committeeStates.ready);
  assert.deepEqual([hostOf(net)?.calls ?? [], hostOf(net)?.faults ?? []], [[], []]);
}

/** For messages of assertions. */
export function hostText(net: Localnet): string {
  return JSON.stringify(hostOf(net), (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
}

/** The process of the runtime's code: the last one below the one that the node started. */
export function runtimePid(net: Localnet): number {
  let { pid } = net.worker.runtime as { readonly pid?: number };
  for (;;) {
    const children = readFileSync(`/proc/${must(pid)}/task/${must(pid)}/children`, "utf8").trim();
    if (children === "") return must(pid);
    pid = Number(children.split(" ")[0]);
  }
}

export function killIfRunning(net: Localnet): void {
  try {
    process.kill(runtimePid(net), "SIGKILL");
  } catch (e) {
    // It ended in the middle of this.
    assert.ok(e instanceof Error && "code" in e, String(e));
  }
}
