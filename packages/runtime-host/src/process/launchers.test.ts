import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { test } from "node:test";

import { debugSigstruct, fortanixDummyKey, mrEnclaveOfSgxs } from "@wadi/tee";

import { TeeKind } from "../bundle/component-id.ts";
import { sandboxIsMissing, probeComponent } from "../testing/sandbox.ts";
import { isRunning } from "../testing/leaks.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { DATA_ADDRESS, Probe } from "../testing/probe-elf.ts";
import { LaunchError } from "../sandbox/errors.ts";
import { createLaunchers, type LauncherConfiguration } from "./launchers.ts";
import { elfProgram } from "./programs.ts";
import { SandboxedLauncher } from "./sandboxed-launcher.ts";
import { mockSgxProgram, sgxProgram } from "./sgx-program.ts";
import { UnconfinedLauncher } from "./unconfined-launcher.ts";
import { WorkerLauncher } from "./worker-launcher.ts";

const ENCLAVE = Buffer.from("an enclave");
const output = (): undefined => undefined;

test("which launchers a configuration gives", () => {
  const sandboxed: LauncherConfiguration = { provisioner: "sandboxed", allowUnsafe: false };
  const plain = createLaunchers(sandboxed);
  assert.equal(plain.name, "composite{none: sandbox, tdx: tdx-qemu}");
  assert.ok(plain.of(TeeKind.none) instanceof SandboxedLauncher);
  assert.throws(() => plain.of(TeeKind.sgx), {
    message: "host/composite/provisioner: kind 'sgx' is not available",
  });
  const withLoader = createLaunchers({ ...sandboxed, sgxLoader: "/usr/bin/oasis-core-runtime-loader" });
  assert.equal(withLoader.name, "composite{none: sandbox, sgx: sgx, tdx: tdx-qemu}");
  for (const unsafe of [{ provisioner: "unconfined" }, { mockTee: true }] as const) {
    assert.throws(() => createLaunchers({ ...sandboxed, ...unsafe }), /need the debug flag --debug\.dont_blame_oasis$/);
    createLaunchers({ ...sandboxed, ...unsafe, allowUnsafe: true });
  }
  assert.ok(
    createLaunchers({ provisioner: "unconfined", allowUnsafe: true }).of(TeeKind.none) instanceof UnconfinedLauncher,
  );
});

test("TDX is refused clearly", async () => {
  await using folder = await temporaryFolder();
  const launcher = createLaunchers({ provisioner: "sandboxed", allowUnsafe: false }).of(TeeKind.tdx);
  await assert.rejects(launcher.launch(await probeComponent(folder.path), { output }), {
    message: "TDX components are not supported yet",
  });
});

/** A component with an enclave, signed or not, in this folder. */
async function enclaveComponent(folder: string, signature?: Uint8Array) {
  const sgx = { executable: "app.sgxs", signature: signature === undefined ? "" : "app.sig" };
  const component = await probeComponent(folder, { sgx });
  await writeFile(`${folder}/app.sgxs`, ENCLAVE);
  if (signature !== undefined) await writeFile(`${folder}/app.sig`, signature);
  return component;
}

test("the loader's command line, in the sandbox and without", async () => {
  await using folder = await temporaryFolder();
  const aesmSocket = folder.at("aesm.socket");
  const aesm = createServer();
  await new Promise<void>((resolve) => aesm.listen(aesmSocket, resolve));
  const component = await enclaveComponent(folder.path, debugSigstruct(ENCLAVE, fortanixDummyKey()));
  const program = sgxProgram({ loader: "/loader", device: "/dev/null", aesmSocket });
  const inside = { directory: folder.path, isSandboxed: true, socket: "/host.sock" };
  const sandboxed = await program(component, inside);
  assert.deepEqual(sandboxed, {
    executable: "/loader",
    arguments: ["--host-socket", "/host.sock", "--type", "sgxs", "--signature", "/runtime.sig", "/runtime"],
    allowNetwork: false,
    writable: [{ source: aesmSocket, target: "/var/run/aesmd/aesm.socket" }],
    devices: [{ source: "/dev/null", target: "/dev/null" }],
    copied: [
      { source: folder.at("app.sgxs"), target: "/runtime" },
      { source: folder.at("app.sig"), target: "/runtime.sig" },
    ],
  });
  const rofl = { ...component, component: { ...component.component, kind: "rofl", name: "app" } };
  assert.deepEqual((await program(rofl, inside)).arguments?.at(-1), "--allow-network");
  const plain = await program(component, { directory: "/run/x", isSandboxed: false, socket: "/run/x/host.sock" });
  assert.deepEqual(plain.arguments?.slice(-2), ["/run/x/enclave/runtime.sig", "/run/x/enclave/runtime"]);
  await new Promise((resolve) => aesm.close(resolve));
  await assert.rejects(program(component, inside), /^LaunchError: aesm: the service is not running: /);
});

test("enclaves and signatures that do not fit are refused", async () => {
  await using folder = await temporaryFolder();
  const place = { directory: folder.path, isSandboxed: true, socket: "/host.sock" };
  const program = sgxProgram({ loader: "/loader", device: "/dev/null" });
  const prefix = "failed to configure process: host/sgx: failed to load enclave/signature: ";
  await assert.rejects(program(await enclaveComponent(folder.path), place), {
    message: `${prefix}enclave SIGSTRUCT not available`,
  });
  const other = debugSigstruct(Buffer.from("other"), fortanixDummyKey());
  await assert.rejects(program(await enclaveComponent(folder.path, other), place), {
    message: `${prefix}enclave/SIGSTRUCT mismatch`,
  });
  await assert.rejects(program(await probeComponent(folder.path), place), /'ronl' is not an SGX component$/);
  assert.throws(() => sgxProgram({ loader: "" }), { message: "SGX loader binary path is not configured" });
});

test("mock enclaves: the executable, told what it pretends to be", { skip: sandboxIsMissing() }, async () => {
  await using folder = await temporaryFolder();
  const component = await enclaveComponent(folder.path);
  const program = await mockSgxProgram()(component, {
    directory: folder.path,
    isSandboxed: true,
    socket: "/host.sock",
  });
  assert.deepEqual(program.environment, { OASIS_MOCK_MRENCLAVE: mrEnclaveOfSgxs(ENCLAVE) });
  const launcher = new SandboxedLauncher({}, "sgx", mockSgxProgram());
  const launched = await launcher.launch(component, { output });
  assert.equal((await new Probe(launched.stream).call(39)).result, 2n);
  launched.kill();
  await launched.exited;
});

test("copied files are what they were when the sandbox was made", { skip: sandboxIsMissing() }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  await writeFile(folder.at("data"), "before");
  const launcher = new SandboxedLauncher({}, "x", async (target, place) => ({
    ...(await elfProgram(target, place)),
    copied: [{ source: folder.at("data"), target: "/inside/data" }],
  }));
  const launched = await launcher.launch(component, { output });
  await writeFile(folder.at("data"), "after!");
  const probe = new Probe(launched.stream);
  const { result: fd } = await probe.call(2, [DATA_ADDRESS, 0], "/inside/data");
  const { data, result } = await probe.call(0, [fd, DATA_ADDRESS, 100]);
  assert.equal(data.toString("latin1", 0, Number(result)), "before");
  launched.kill();
  await launched.exited;
});

const CONNECT =
  'require("net").connect(process.env.OASIS_WORKER_HOST).on("data", (d) => { throw new Error(String(d)); })';

test("in the sandbox nothing of the node's environment is left", { skip: sandboxIsMissing() }, async () => {
  await using folder = await temporaryFolder();
  const script = `const s = ${CONNECT}; s.write(JSON.stringify(process.env));`;
  const program = () => ({ executable: process.execPath, arguments: ["-e", script] });
  const launched = await new SandboxedLauncher({}, "x", program).launch(await probeComponent(folder.path), { output });
  const variables = await new Promise((resolve) =>
    launched.stream.on("data", (data) => resolve(JSON.parse(Buffer.from(data).toString()))),
  );
  assert.deepEqual(variables, { OASIS_WORKER_HOST: "/host.sock", PWD: "/" });
  launched.kill();
  await launched.exited;
});

test("without a sandbox: the program gets its socket and nothing else of the node", async () => {
  await using folder = await temporaryFolder();
  const script = `const s = ${CONNECT}; s.write(JSON.stringify(Object.keys(process.env)));`;
  const program = () => ({ executable: process.execPath, arguments: ["-e", script] });
  const launcher = new UnconfinedLauncher({ allowUnsafe: true }, "sandbox", program);
  const launched = await launcher.launch(await probeComponent(folder.path), { output });
  const variables = await new Promise((resolve) =>
    launched.stream.on("data", (data) => resolve(JSON.parse(Buffer.from(data).toString()))),
  );
  assert.deepEqual(variables, ["OASIS_WORKER_HOST"]);
  launched.kill();
  assert.equal((await launched.exited).text, "signal: killed");
  assert.throws(() => new UnconfinedLauncher({ allowUnsafe: false }), LaunchError);
  const broken = new UnconfinedLauncher({ allowUnsafe: true }, "sandbox", () => ({ executable: folder.at("absent") }));
  await assert.rejects(broken.launch(await probeComponent(folder.path), { output }), (e) => e instanceof LaunchError);
});

test("what a program leaves running ends with it", { skip: process.platform !== "linux" }, async () => {
  await using folder = await temporaryFolder();
  const child = 'process.stdout.write(process.pid + "\\n"); setInterval(() => {}, 1000)';
  const spawnIt = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit", detached: true })`;
  const script = `${spawnIt}; require("net").connect(process.env.OASIS_WORKER_HOST).on("end", () => process.exit(0)).resume();`;
  const program = () => ({ executable: process.execPath, arguments: ["-e", script] });
  const launcher = new UnconfinedLauncher({ allowUnsafe: true }, "sandbox", program);
  const printed = Promise.withResolvers<number>();
  const launched = await launcher.launch(await probeComponent(folder.path), {
    output: (chunk) => printed.resolve(Number(Buffer.from(chunk).toString())),
  });
  const pid = await printed.promise;
  assert.ok(isRunning(pid));
  launched.stream.destroy();
  assert.equal((await launched.exited).text, "exit status 0");
  assert.ok(!isRunning(pid));
});

test("in a thread of the node: runs, is ended, and reports why it ended", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("main.cjs"), `console.log("up"); ${CONNECT}`);
  let text = "";
  const launcher = new WorkerLauncher({ allowUnsafe: true, entryOf: () => folder.at("main.cjs"), memoryMib: 64 });
  const component = await probeComponent(folder.path);
  const options = { output: (chunk: Uint8Array) => (text += Buffer.from(chunk).toString()) };
  const first = await launcher.launch(component, options);
  first.kill();
  assert.equal((await first.exited).text, "exit status 1");
  const second = await launcher.launch(component, options);
  second.stream.write(Buffer.from("enough"), () => undefined);
  assert.equal((await second.exited).text, "exit status 1");
  assert.match(text, /^up\n/);
  assert.match(text, /Error: enough/);
  for (const launched of [first, second]) launched.stream.destroy();
  await writeFile(folder.at("main.cjs"), "");
  await assert.rejects(launcher.launch(component, options), /terminated while waiting for runtime to connect$/);
  assert.throws(() => new WorkerLauncher({ allowUnsafe: false, entryOf: () => "" }), LaunchError);
  assert.ok(existsSync(folder.path));
});
