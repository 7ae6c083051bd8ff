import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { text } from "node:stream/consumers";
import { Readable, Writable } from "node:stream";

import { endGuard, guarded } from "./launch-guard.ts";

const skip = process.platform !== "linux" && "process groups and descriptors are those of Linux";

/** A command that says what it was given and runs until descriptor 3 ends. */
const COMMAND = ["/bin/sh", "-c", "readlink /proc/$$/fd/0; ls -x /proc/$$/fd; echo; cat <&3"] as const;

function start(): { readonly child: ChildProcess; readonly output: Readable; readonly lifeline: Writable } {
  const [file, ...args] = guarded(COMMAND, { given: 1, name: "no-such-sandbox" });
  const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", "inherit", "pipe"] });
  const [, output, , lifeline] = child.stdio;
  assert.ok(output instanceof Readable && lifeline instanceof Writable);
  return { child, output, lifeline };
}

test("a command ends when whoever started it is gone", { skip }, async () => {
  const { child, output } = start();
  await once(output, "readable");
  child.stdin?.destroy();
  assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
});

test("a guard that was sent home ends nothing; the command has no trace of it", { skip }, async () => {
  const { child, lifeline, output } = start();
  endGuard(child);
  const closed = once(child, "close");
  lifeline.end();
  const [stdin = "", descriptors = ""] = (await text(output)).split("\n");
  assert.deepEqual(await closed, [0, null]);
  assert.equal(stdin, "/dev/null");
  assert.doesNotMatch(descriptors, /\b9\b/);
});
