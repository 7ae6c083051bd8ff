// What a component cannot do: attempts to get out of its sandbox, made with bare system calls under
// the real filter, in the real sandbox. Each is refused by the kernel in the way that is written here.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { test } from "node:test";

import type { HostedComponentFiles } from "../src/bundle/hosted-component.ts";
import { type HostLog, silentLog } from "../src/logs/host-log.ts";
import { DATA_ADDRESS, Probe } from "../src/testing/probe-elf.ts";
import { probeComponent, sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";
import { resourceLimiter } from "../src/process/resource-limiter.ts";
import { SandboxedLauncher, type SandboxOptions } from "../src/process/sandboxed-launcher.ts";

const skip = sandboxIsMissing();

const EPERM = 1;
const ENOENT = 2;
const ESRCH = 3;
const EBADF = 9;
const EAGAIN = 11;
const EACCES = 13;
const EBUSY = 16;
const EINVAL = 22;
const ENOTTY = 25;
const ETXTBSY = 26;
const EROFS = 30;
const ENOSYS = 38;
const ENETUNREACH = 101;
const ECONNREFUSED = 111;

const SIGCHLD = 17;
const O_RDWR = 2;
const data = DATA_ADDRESS;
/** As `stat` tells it. */
const NULL_DEVICE = 0x103n;

/** A call, its arguments, what lies at `data`, and the errors that it may be refused with. */
type Attempt = readonly [string, number, readonly (number | bigint)[], string, ...number[]];

const refusedByFilter: readonly (readonly [string, number])[] = [
  ["mount", 165],
  ["unmount", 166],
  ["change the root directory", 155],
  ["chroot", 161],
  ["move a mount", 429],
  ["clone a mount", 428],
  ["open a file system", 430],
  ["configure a file system", 431],
  ["mount by descriptor", 432],
  ["change a mount", 442],
  ["leave namespaces", 272],
  ["enter a namespace", 308],
  ["trace a process", 101],
  ["read another process", 310],
  ["write another process", 311],
  ["compare processes", 312],
  ["open a process", 434],
  ["take a descriptor of a process", 438],
  ["signal through a descriptor", 424],
  ["load a module", 175],
  ["load a module from a file", 313],
  ["load a kernel", 246],
  ["load a BPF program", 321],
  ["watch the processor", 298],
  ["reboot", 169],
  ["swap", 167],
  ["use I/O ports", 172],
  ["allow I/O ports", 173],
  ["set the clock", 227],
  ["rename the host", 170],
  ["read the kernel's log", 103],
  ["handle page faults", 323],
  ["read keys", 250],
  ["add keys", 248],
  ["queue calls for the kernel", 425],
  ["open by handle", 304],
  ["change the execution domain", 135],
  ["watch all files", 300],
  ["make a device", 133],
];

const refusedByIsolation: readonly Attempt[] = [
  ["a user namespace by clone", 56, [0x10000000 | SIGCHLD], "", EPERM],
  ["a mount namespace by clone", 56, [0x00020000 | SIGCHLD], "", EPERM],
  ["namespaces by clone3", 435, [data, 88], "", ENOSYS],
  ["the host's processes", 2, [data, O_RDWR], "/proc/1/mem", ENOENT],
  ["the kernel's settings", 2, [data, O_RDWR], "/proc/sys/kernel/core_pattern", ENOENT],
  ["the host's devices", 2, [data, O_RDWR], "/sys/kernel/uevent_helper", ENOENT],
  ["memory as a device", 2, [data, O_RDWR], "/dev/mem", ENOENT],
  ["the host's users", 2, [data, 0], "/etc/passwd", ENOENT],
  ["the node's home", 2, [data, 0], "/root", ENOENT],
  ["the way up", 2, [data, 0], "../../../../../../etc/hostname", ENOENT],
  ["its own file", 2, [data, O_RDWR], "/entrypoint", EROFS, ETXTBSY],
  ["removing its own file", 87, [data], "/entrypoint", EBUSY, EROFS],
  ["another's process", 62, [99_999, 9], "", ESRCH],
  ["another user", 105, [1], "", EINVAL, EPERM],
  ["more groups", 116, [0, 0], "", EPERM],
  ["real-time priority", 144, [0, 1, data], "\u0001\0\0\0", EPERM],
  ["a raw socket", 41, [2, 3, 1], "", EPERM],
  ["a packet socket", 41, [17, 3, 0], "", EPERM],
  ["typing into a terminal", 16, [0, 0x5412, data], "x", ENOTTY],
  ["connecting to its host again", -2, [], "", ECONNREFUSED],
];

/** A running probe, which is gone at the end of the scope. */
interface Running extends AsyncDisposable {
  readonly probe: Probe;
  readonly exited: Promise<unknown>;
}

async function launch(component: HostedComponentFiles, options: SandboxOptions = {}): Promise<Running> {
  const { stream, exited, kill } = await new SandboxedLauncher(options).launch(component, { output: () => undefined });
  const dispose = async (): Promise<void> => {
    kill();
    await exited;
    stream.destroy();
  };
  return { probe: new Probe(stream), exited, [Symbol.asyncDispose]: dispose };
}

/** socket() and connect(): the result of the first that fails. */
async function connect(probe: Probe, family: number, address: Uint8Array): Promise<bigint> {
  const { result: fd } = await probe.call(41, [family, 1, 0]);
  if (fd < 0n) return fd;
  const { result } = await probe.call(42, [fd, data, address.length], address);
  await probe.call(3, [fd]);
  return result;
}

function unixAddress(path: string): Uint8Array {
  return Buffer.concat([Buffer.from([1, 0]), Buffer.from(path)]);
}

function ipAddress(port: number, ...parts: number[]): Uint8Array {
  return Uint8Array.of(2, 0, port >> 8, port & 0xff, ...parts, 0, 0, 0, 0, 0, 0, 0, 0);
}

test("system calls that the filter refuses", { skip }, async (t) => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  for (const [name, number] of refusedByFilter) {
    await t.test(name, async () => assert.equal((await probe.call(number, [])).result, BigInt(-EPERM)));
  }
});

test("what the sandbox keeps out of reach", { skip }, async (t) => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  for (const [name, number, args, text, ...errors] of refusedByIsolation) {
    await t.test(name, async () => {
      const result =
        number === -2
          ? await connect(probe, 1, unixAddress("/host.sock\0"))
          : (await probe.call(number, args, text)).result;
      assert.ok(errors.includes(-Number(result)), `answered ${result}`);
    });
  }
});

test("the bundle and other files of the node", { skip }, async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("secret"), "secret");
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  for (const path of [folder.at("secret"), folder.at("probe"), process.execPath]) {
    assert.equal((await probe.call(2, [data, 0], path)).result, BigInt(-ENOENT), path);
  }
});

test("the host's network, without permission: loopback, others, abstract sockets", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  const server = createServer().listen(0, "127.0.0.1");
  const abstract = createServer().listen("\0wadi-escape-test");
  await Promise.all([server, abstract].map((one) => new Promise((resolve) => one.once("listening", resolve))));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  assert.equal(await connect(probe, 2, ipAddress(address.port, 127, 0, 0, 1)), BigInt(-ECONNREFUSED));
  assert.equal(await connect(probe, 2, ipAddress(80, 10, 0, 0, 1)), BigInt(-ENETUNREACH));
  assert.equal(await connect(probe, 1, unixAddress("\0wadi-escape-test")), BigInt(-ECONNREFUSED));
  server.close();
  abstract.close();
});

test("signals to everybody reach nobody else; its own init cannot be killed", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  await probe.call(62, [1, 9]);
  assert.equal((await probe.call(39)).result, 2n);

  const component = await probeComponent(folder.at("second"));
  await using other = await launch(component);
  await using suicidal = await launch(component);
  await assert.rejects(suicidal.probe.call(62, [-1, 9]).then(() => suicidal.probe.call(62, [0, 9])));
  await suicidal.exited;
  assert.equal((await other.probe.call(39)).result, 2n);
});

test("no descriptor of the node leaks", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  const open: number[] = [];
  for (let fd = 0; fd < 1024; fd++) {
    const { result, data: status } = await probe.call(5, [fd, data]);
    // What whoever started the tests left open has become the null device.
    if (result === 0n && status.readBigUInt64LE(40) !== NULL_DEVICE) open.push(fd);
    else if (result !== 0n) assert.equal(result, BigInt(-EBADF));
  }
  // Output, and the probe's own connection.
  assert.deepEqual(open, [1, 2, 3]);
});

test("capabilities: none, and none to be had", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using running = await launch(await probeComponent(folder.path));
  const { probe } = running;
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0x20080522, 0);
  const { data: after } = await probe.call(125, [data, data + 8n], header);
  assert.deepEqual(after.subarray(8, 32), Buffer.alloc(24));
  const wanted = Buffer.alloc(32, 0xff);
  header.copy(wanted, 0, 0, 8);
  assert.equal((await probe.call(126, [data, data + 8n], wanted)).result, BigInt(-EPERM));
  const niced = (await probe.call(141, [0, 0, -20])).result;
  assert.ok([EACCES, EPERM].includes(-Number(niced)));
});

test("calls of other architectures end the process", { skip }, async () => {
  await using folder = await temporaryFolder();
  const component = await probeComponent(folder.path);
  await using legacy = await launch(component);
  // mov eax, 20; int 0x80: getpid of 32-bit programs.
  await assert.rejects(legacy.probe.run("b814000000 cd80 c3"));
  await legacy.exited;
  await using x32 = await launch(component);
  await assert.rejects(x32.probe.call(0x40000000 | 39));
  await x32.exited;
});

// fork() a thousand times, the children pause; the result is that of the last one.
const FORK_BOMB = "41bfe8030000 b839000000 0f05 4885c0 7807 7406 41ffcf 75ed c3 b822000000 0f05 ebf7";
// mmap() and fill 16 MiB, 64 times.
const MEMORY_BOMB =
  "41bf40000000 b809000000 31ff be00000001 ba03000000 41ba22000000 49c7c0ffffffff 4531c9 0f05 4885c0 7811 " +
  "4889c7 b900000001 b001 f3aa 41ffcf 75c7 c3";

test("bombs end at the limits, and only the component feels them", { skip }, async (t) => {
  await using folder = await temporaryFolder();
  const warnings: unknown[] = [];
  const log: HostLog = { ...silentLog, warn: (_message, fields) => warnings.push(fields?.["not_limited"]) };
  const limiter = await resourceLimiter({ memoryBytes: 64 * 2 ** 20, processes: 32 }, log);
  const { enforced } = limiter;
  const component = await probeComponent(folder.path);
  await using other = await launch(component, { limiter });
  const withLimit = (limit: unknown): { skip?: string } =>
    limit === undefined ? { skip: "not enforceable here" } : {};
  await t.test("fork bomb", withLimit(enforced.processes), async () => {
    await using bomb = await launch(component, { limiter });
    assert.equal((await bomb.probe.run(FORK_BOMB)).result, BigInt(-EAGAIN));
  });
  await t.test("memory bomb", withLimit(enforced.memoryBytes), async () => {
    await using bomb = await launch(component, { limiter });
    await assert.rejects(bomb.probe.run(MEMORY_BOMB));
  });
  assert.equal((await other.probe.call(39)).result, 2n);
  const missing = [
    enforced.memoryBytes === undefined ? "memory" : "",
    enforced.processes === undefined ? "processes" : "",
  ];
  const named = missing.filter((name) => name !== "").join(", ");
  assert.deepEqual(warnings, named === "" ? [] : [named]);
});
