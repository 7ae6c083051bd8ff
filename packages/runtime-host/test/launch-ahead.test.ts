import assert from "node:assert/strict";
import { test } from "node:test";

import { ErrNotReady } from "@wadi/runtime-protocol";
import { WadiError } from "@wadi/util";

import { LaunchAhead } from "../src/process/launch-ahead.ts";
import type { LaunchedProcess, Launcher } from "../src/process/launcher.ts";
import { SandboxedLauncher } from "../src/process/sandboxed-launcher.ts";
import { SupervisedRuntime } from "../src/process/supervised-runtime.ts";
import { restartPace } from "../src/process/restart-pace.ts";
import { isRunning, leftovers, ownTemporaryDirectory } from "../src/testing/leaks.ts";
import { goodGuest, guestProgram } from "../src/testing/node-guest.ts";
import { probeComponent, sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";
import { testHostInfo } from "../src/testing/test-runtime.ts";

const skip = sandboxIsMissing();

/** Counts what it launches. */
class CountingLauncher implements Launcher {
  readonly name = "counting";
  readonly launched: Promise<LaunchedProcess>[] = [];
  readonly #inner = new SandboxedLauncher({}, "sandbox", () => guestProgram(goodGuest));

  launch(...args: Parameters<Launcher["launch"]>): Promise<LaunchedProcess> {
    const launched = this.#inner.launch(...args);
    this.launched.push(launched);
    return launched;
  }
}

test("nothing is launched before it is unpacked, and what cannot be unpacked not at all", { skip }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  const launcher = new CountingLauncher();
  const unpacked = Promise.withResolvers<void>();
  await using ahead = new LaunchAhead(launcher, component, unpacked.promise);
  const options = { output: () => undefined };
  const first = ahead.launch(component, options);
  const second = ahead.launch(component, options);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(launcher.launched.length, 0);
  unpacked.resolve();
  for (const launched of await Promise.all([first, second])) {
    launched.kill();
    await launched.exited;
  }
  assert.equal(launcher.launched.length, 2);

  await using never = new LaunchAhead(launcher, component, Promise.reject(new Error("damaged")));
  await assert.rejects(never.launch(component, options), { message: "damaged" });
  await assert.rejects(never.launch(component, options), { message: "damaged" });
  assert.equal(launcher.launched.length, 2);
});

test("the process that was launched ahead is the first one, with what it printed before", { skip }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  const launcher = new CountingLauncher();
  await using ahead = new LaunchAhead(launcher, component);
  const first = await launcher.launched[0];
  assert.ok(first !== undefined);
  let text = "";
  const printed = Promise.withResolvers<void>();
  await using runtime = new SupervisedRuntime(
    {
      launcher: ahead,
      handler: () => {
        throw new WadiError(ErrNotReady);
      },
      output: (chunk) => {
        text += Buffer.from(chunk).toString();
        if (text.includes("guest is up")) printed.resolve();
      },
    },
    { component, hostInfo: testHostInfo, pace: { ...restartPace, initialMs: 1 } },
  );
  const started = (): Promise<void> =>
    new Promise((resolve) => {
      const end = runtime.watch(({ type }) => {
        if (type !== "started") return;
        end();
        resolve();
      });
    });
  const firstStart = started();
  runtime.start();
  await firstStart;
  await printed.promise;
  assert.equal(runtime.pid, first.pid);
  assert.equal(launcher.launched.length, 1);
  const secondStart = started();
  first.kill();
  await secondStart;
  assert.notEqual(runtime.pid, first.pid);
  assert.equal(launcher.launched.length, 2);
});

test("a process that nobody asked for ends", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _directory = await ownTemporaryDirectory();
  const component = await probeComponent(folder.path);
  const before = leftovers().files;
  for (const isConnected of [true, false]) {
    const launcher = new CountingLauncher();
    const ahead = new LaunchAhead(launcher, component);
    const pid = isConnected ? (await launcher.launched[0])?.pid : undefined;
    await ahead[Symbol.asyncDispose]();
    assert.ok(pid === undefined || !isRunning(pid));
    await launcher.launched[0]?.catch(() => undefined);
    assert.deepEqual(leftovers().files, before);
  }
});

test("who gives up takes the process along", { skip }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  for (const isAbortedBefore of [true, false]) {
    const launcher = new CountingLauncher();
    await using ahead = new LaunchAhead(launcher, component);
    const stop = new AbortController();
    const reason = new Error("given up");
    if (isAbortedBefore) stop.abort(reason);
    const asked = ahead.launch(component, { output: () => undefined, signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(asked, reason);
    await assert.rejects(launcher.launched[0] ?? Promise.resolve(), reason);
  }
});

test("a launch ahead that fails is told once, and the next one is tried", { skip }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  const good = new CountingLauncher();
  let isFirst = true;
  const launcher: Launcher = {
    name: "failing once",
    launch: (...args) => {
      if (!isFirst) return good.launch(...args);
      isFirst = false;
      return Promise.reject(new Error("no luck"));
    },
  };
  await using ahead = new LaunchAhead(launcher, component);
  const options = { output: (): void => undefined };
  await assert.rejects(ahead.launch(component, options), /no luck/);
  const { exited, kill } = await ahead.launch(component, options);
  kill();
  await exited;
});
