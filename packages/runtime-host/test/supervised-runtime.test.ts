import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { body, EMPTY, ErrCallTimeout, ErrConnectionClosed, ErrNotReady } from "@wadi/runtime-protocol";
import { version } from "@wadi/types";
import { isError, WadiError } from "@wadi/util";

import type { RuntimeEvent } from "../src/rhp/hosted-runtime.ts";
import { isRunning, untilGone, leftovers, ownTemporaryDirectory } from "../src/testing/leaks.ts";
import { goodGuest, guestProgram, type GuestScript } from "../src/testing/node-guest.ts";
import { probeComponent, sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";
import { testHostInfo, testRuntimeInfo } from "../src/testing/test-runtime.ts";
import { ManualTimers } from "@wadi/runtime-protocol/testing";
import { SandboxedLauncher } from "../src/process/sandboxed-launcher.ts";
import { SupervisedRuntime, type SupervisedRuntimeOptions } from "../src/process/supervised-runtime.ts";
import { restartPace } from "../src/process/restart-pace.ts";

const skip = sandboxIsMissing();
const pace = { ...restartPace, initialMs: 1 };

interface Observed extends AsyncDisposable {
  readonly runtime: SupervisedRuntime;
  readonly timers: ManualTimers;
  readonly events: RuntimeEvent[];
  /** Resolves with the next event of that type, or one that has not been waited for. */
  next(type: RuntimeEvent["type"]): Promise<RuntimeEvent>;
}

/** A supervised guest; time goes on only where a test lets it. */
async function supervised(script: GuestScript, more: Partial<SupervisedRuntimeOptions> = {}): Promise<Observed> {
  const folder = await temporaryFolder();
  const timers = new ManualTimers();
  const launcher = new SandboxedLauncher({}, "sandbox", () => guestProgram(script));
  const runtime = new SupervisedRuntime(
    {
      launcher,
      timers,
      handler: () => {
        throw new WadiError(ErrNotReady);
      },
    },
    { component: await probeComponent(folder.path), hostInfo: testHostInfo, pace, ...more },
  );
  const events: RuntimeEvent[] = [];
  const listeners = new Set<() => void>();
  runtime.watch((event) => {
    events.push(event);
    for (const listener of listeners) listener();
  });
  let seen = 0;
  const next = (type: RuntimeEvent["type"]): Promise<RuntimeEvent> =>
    new Promise((resolve) => {
      const look = (): void => {
        const at = events.findIndex((event, i) => i >= seen && event.type === type);
        const event = events[at];
        if (event === undefined) return;
        seen = at + 1;
        listeners.delete(look);
        resolve(event);
      };
      listeners.add(look);
      look();
    });
  const dispose = async (): Promise<void> => {
    await runtime[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { runtime, timers, events, next, [Symbol.asyncDispose]: dispose };
}

test("starts, serves, is killed from outside, starts again, stops", { skip }, async () => {
  await using observed = await supervised(goodGuest, { expectedVersion: version(1, 2, 3) });
  const { runtime, next, events } = observed;
  assert.equal(runtime.info, undefined);
  const early = runtime.request("RuntimePingRequest", EMPTY);
  runtime.start();
  runtime.start();
  assert.deepEqual(await next("started"), { type: "started", version: version(1, 2, 3), capabilityTee: null });
  await early;
  assert.deepEqual(runtime.info, testRuntimeInfo);
  const first = runtime.pid;
  assert.ok(first !== undefined);
  process.kill(first, "SIGKILL");
  await next("stopped");
  await next("started");
  assert.notEqual(runtime.pid, first);
  await runtime.request("RuntimePingRequest", EMPTY);
  await runtime[Symbol.asyncDispose]();
  assert.equal(events.at(-1)?.type, "stopped");
  await assert.rejects(runtime.request("RuntimePingRequest", EMPTY), (e) => isError(e, ErrConnectionClosed));
});

test("an abort that the component serves leaves it running; others restart it", { skip }, async () => {
  await using good = await supervised(goodGuest);
  good.runtime.start();
  await good.next("started");
  const { pid } = good.runtime;
  await good.runtime.abort();
  assert.equal(good.runtime.pid, pid);
  await good.runtime.abort({ force: true });
  await good.next("started");
  assert.notEqual(good.runtime.pid, pid);

  const refusal = body("Error", { module: "rhp/dispatcher", code: 1, message: "method not supported" });
  await using rust = await supervised({ ...goodGuest, RuntimeAbortRequest: refusal });
  await rust.runtime.abort();
  rust.runtime.start();
  await rust.next("started");
  await rust.runtime.abort();
  await rust.next("stopped");
  await rust.next("started");
});

test("one that does not answer pings is restarted", { skip }, async () => {
  await using observed = await supervised({ ...goodGuest, RuntimePingRequest: "silence" });
  const { runtime, timers, next } = observed;
  runtime.start();
  await next("started");
  const { pid } = runtime;
  timers.advance(15_000);
  timers.advance(5000);
  await next("stopped");
  await next("started");
  assert.notEqual(runtime.pid, pid);
});

test("wrong answers to the info request are failures to start, with the texts of the log", { skip }, async () => {
  const info = (change: object) => ({
    ...goodGuest,
    RuntimeInfoRequest: body("RuntimeInfoResponse", { ...testRuntimeInfo, ...change }),
  });
  const cases: readonly (readonly [GuestScript, RegExp])[] = [
    [
      info({ protocolVersion: version(4) }),
      /^failed to initialize connection: rhp: incompatible protocol version \(expected: 5\.1\.0 got: 4\.0\.0\)$/,
    ],
    [info({ runtimeVersion: version(9) }), /^version mismatch \(runtime reported: 9\.0\.0 bundle: 1\.2\.3\)$/],
    [{ ...goodGuest, RuntimeInfoRequest: "exit" }, /^failed to initialize connection: /],
    [{ ...goodGuest, RuntimeInfoRequest: "hugeLength" }, /^failed to initialize connection: /],
    [{ ...goodGuest, RuntimeInfoRequest: "cutFrame" }, /^failed to initialize connection: /],
  ];
  for (const [script, text] of cases) {
    await using observed = await supervised(script, { expectedVersion: version(1, 2, 3) });
    observed.runtime.start();
    const event = await observed.next("failedToStart");
    assert.ok(event.type === "failedToStart");
    assert.match(event.error.message, text);
  }
});

test("hostile components cost themselves, not the host and not others", { skip }, async () => {
  await using other = await supervised(goodGuest);
  other.runtime.start();
  await other.next("started");
  const query = { ...goodGuest, RuntimeConsensusSyncRequest: "exit" } as const;
  for (const reaction of ["exit", "crash", "hangUp", "cutFrame", "hugeLength", "flood", "print"] as const) {
    await using hostile = await supervised({ ...query, RuntimeConsensusSyncRequest: reaction });
    hostile.runtime.start();
    await hostile.next("started");
    const limit = AbortSignal.timeout(reaction === "print" ? 300 : 5000);
    await assert.rejects(hostile.runtime.request("RuntimeConsensusSyncRequest", { height: 1n }, { signal: limit }));
    if (reaction === "print") continue;
    if (reaction === "hangUp") hostile.timers.advance(1000);
    if (reaction === "flood") hostile.timers.advance(15_000);
    await other.runtime.request("RuntimePingRequest", EMPTY);
  }
});

test("calls without a connection end at their deadline or with their signal", { skip }, async () => {
  await using observed = await supervised(goodGuest);
  const late = observed.runtime.request("RuntimePingRequest", EMPTY, { timeoutMs: 100 });
  observed.timers.advance(100);
  await assert.rejects(late, (e) => isError(e, ErrCallTimeout));
  const reason = new Error("enough");
  await assert.rejects(
    observed.runtime.request("RuntimePingRequest", EMPTY, { signal: AbortSignal.abort(reason) }),
    reason,
  );
});

test("a stop while it starts leaves nothing", { skip }, async () => {
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  for (let i = 0; i < 3; i++) {
    const observed = await supervised(goodGuest);
    observed.runtime.start();
    if (i > 0) await new Promise((resolve) => setImmediate(resolve));
    await observed[Symbol.asyncDispose]();
  }
  assert.deepEqual(leftovers(), before);
});

test("a node that is killed leaves no component behind", { skip }, async () => {
  const script = fileURLToPath(new URL("../src/testing/orphan-maker.ts", import.meta.url));
  const node = spawn(process.execPath, ["--conditions=wadi-source", script], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of node.stdout) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  const pids = JSON.parse(text) as number[];
  assert.ok(pids.length >= 2, text);
  assert.ok(pids.every(isRunning), text);
  node.kill("SIGKILL");
  await once(node, "exit");
  assert.deepEqual(await untilGone(() => pids.filter(isRunning)), []);
});
