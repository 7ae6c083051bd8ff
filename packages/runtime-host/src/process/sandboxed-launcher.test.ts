import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { DATA_ADDRESS, Probe } from "../testing/probe-elf.ts";
import { leftovers, ownTemporaryDirectory } from "../testing/leaks.ts";
import { probeComponent, sandboxIsMissing } from "../testing/sandbox.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { SandboxedLauncher } from "./sandboxed-launcher.ts";

const skip = sandboxIsMissing();
const GETPID = 39;
const GETDENTS64 = 217;
const OPEN = 2;

test("a component runs, is killed, and leaves nothing", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  const launcher = new SandboxedLauncher();
  const launched = await launcher.launch(await probeComponent(folder.path), { output: () => undefined });
  const probe = new Probe(launched.stream);
  assert.equal((await probe.call(GETPID)).result, 2n);
  assert.deepEqual(leftovers().files, before.files);
  launched.kill();
  launched.kill();
  assert.equal((await launched.exited).text, "signal: killed");
  await assert.rejects(probe.call(GETPID));
  launched.kill();
  assert.deepEqual(leftovers(), before);
});

test("failures to start have the texts of the log and leave nothing", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  const component = await probeComponent(folder.path);
  const output = (): undefined => undefined;
  await assert.rejects(new SandboxedLauncher({ sandboxBinary: "/nonexistent/bwrap" }).launch(component, { output }), {
    message: "failed to spawn sandbox: sandbox binary not found",
  });
  const own = process.env["TMPDIR"];
  process.env["TMPDIR"] = "/nonexistent";
  await assert.rejects(new SandboxedLauncher().launch(component, { output }), {
    message: /^failed to create temporary directory: mkdir \/nonexistent\/oasis-runtime\w+: no such file or directory$/,
  });
  process.env["TMPDIR"] = own;
  await writeFile(folder.at("script"), "#!/bin/sh\n", { mode: 0o700 });
  await assert.rejects(
    new SandboxedLauncher().launch(
      { ...component, component: { ...component.component, elf: { executable: "script" } } },
      { output },
    ),
    /malformed ELF file/,
  );
  // A program that ends at once.
  const truth = new SandboxedLauncher({}, "sandbox", () => ({ executable: "/bin/true" }));
  await assert.rejects(truth.launch(component, { output }), {
    message: "terminated while waiting for runtime to connect",
  });
  // One that does not connect, given up by its host.
  const silent = new SandboxedLauncher({}, "sandbox", () => ({ executable: "/bin/sleep", arguments: ["60"] }));
  await assert.rejects(silent.launch(component, { output, signal: AbortSignal.timeout(200) }), {
    name: "TimeoutError",
  });
  assert.deepEqual(leftovers(), before);
  assert.deepEqual((await readdir(folder.path)).sort(), ["probe", "script"]);
});

test("output reaches the host", { skip }, async () => {
  await using folder = await temporaryFolder();
  let text = "";
  const launched = await new SandboxedLauncher().launch(await probeComponent(folder.path), {
    output: (chunk) => (text += Buffer.from(chunk).toString()),
  });
  const probe = new Probe(launched.stream);
  await probe.call(1, [1, DATA_ADDRESS, 6], "hello\n");
  await probe.call(1, [2, DATA_ADDRESS, 6], "world\n");
  launched.kill();
  await launched.exited;
  assert.equal(text, "hello\nworld\n");
});

test("the root directory holds what it must and no more", { skip }, async () => {
  await using folder = await temporaryFolder();
  const launched = await new SandboxedLauncher().launch(await probeComponent(folder.path), { output: () => undefined });
  const probe = new Probe(launched.stream);
  const { result: fd } = await probe.call(OPEN, [DATA_ADDRESS, 0o200000], "/");
  const { result: length, data } = await probe.call(GETDENTS64, [fd, DATA_ADDRESS, 2048]);
  const names: string[] = [];
  for (let at = 0; at < Number(length); at += data.readUInt16LE(at + 16)) {
    names.push(data.toString("latin1", at + 19, data.indexOf(0, at + 19)));
  }
  assert.deepEqual(names.sort(), [".", "..", "dev", "entrypoint", "host.sock", "tmp", "usr"]);
  launched.kill();
  await launched.exited;
});
