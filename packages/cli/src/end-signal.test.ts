import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";

const script = `
  const { EndSignal } = await import(process.argv[1]);
  const signal = new EndSignal();
  setInterval(() => undefined, 1000);
  console.log("ready");
  console.log(await signal.received);
`;

test("the first signal is waited for, the second one ends the process at once", { timeout: 60_000 }, async () => {
  for (const [first, second] of [
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGTERM"],
  ] as const) {
    const module = new URL("end-signal.ts", import.meta.url).href;
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script, module];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    assert.deepEqual(await once(lines, "line"), ["ready"]);
    const ended = once(child, "close");
    const told = once(lines, "line");
    child.kill(first);
    assert.deepEqual(await told, [first], "it goes on");
    child.kill(second);
    assert.deepEqual(await ended, [null, second]);
  }
});
