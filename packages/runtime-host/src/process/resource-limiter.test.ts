import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { type HostLog, silentLog } from "../logs/host-log.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { type CgroupMaker, cgroupMaker } from "./cgroups.ts";
import { noLimits } from "./limits.ts";
import { resourceLimiter } from "./resource-limiter.ts";

const limits = { memoryBytes: 2 ** 28, processes: 64 };

function recording(): HostLog & { readonly warnings: unknown[] } {
  const warnings: unknown[] = [];
  return { ...silentLog, warnings, warn: (_message, fields) => warnings.push(fields?.["not_limited"]) };
}

const noGroups = (): Promise<undefined> => Promise.resolve(undefined);

test("nothing asked for, nothing done", async () => {
  const log = recording();
  assert.equal(await resourceLimiter({}, log), noLimits);
  assert.deepEqual(log.warnings, []);
});

test("as root without control groups: one warning that names what is not limited", async () => {
  const log = recording();
  const limiter = await resourceLimiter(limits, log, { userId: 0, cgroups: noGroups });
  assert.deepEqual(limiter.enforced, {});
  assert.deepEqual(log.warnings, ["memory, processes"]);
  assert.deepEqual((await limiter.limit(["bwrap", "x"])).command, ["bwrap", "x"]);
});

test(
  "as another user: its processes are counted, memory is warned about",
  { skip: process.platform !== "linux" },
  async () => {
    const log = recording();
    const limiter = await resourceLimiter(limits, log, { userId: 54_321, cgroups: noGroups });
    assert.deepEqual(limiter.enforced, { processes: 64 });
    assert.deepEqual(log.warnings, ["memory"]);
    assert.deepEqual((await limiter.limit(["bwrap", "x"])).command, [
      "/usr/bin/prlimit",
      "--nproc=64:64",
      "--",
      "bwrap",
      "x",
    ]);
  },
);

test("with control groups: the command joins its own before it begins", async () => {
  const removed: string[] = [];
  const maker: CgroupMaker = {
    enforced: limits,
    make: (name) =>
      Promise.resolve({
        joinFiles: [`/a/${name}/cgroup.procs`, `/b/${name}/cgroup.procs`],
        remove: async () => void removed.push(name),
      }),
  };
  const limiter = await resourceLimiter(limits, recording(), { userId: 0, cgroups: () => Promise.resolve(maker) });
  const first = await limiter.limit(["bwrap", "x"]);
  const name = `${process.pid}-0`;
  assert.deepEqual(first.command.slice(3), [
    "sh",
    "2",
    `/a/${name}/cgroup.procs`,
    `/b/${name}/cgroup.procs`,
    "bwrap",
    "x",
  ]);
  await first.release();
  assert.deepEqual(removed, [name]);
});

test("version 2: groups with limits in the node's own, which is divided if need be", async () => {
  await using root = await temporaryFolder();
  const own = root.at("system.slice/node.service");
  await mkdir(own, { recursive: true });
  await writeFile(`${own}/cgroup.controllers`, "cpu memory pids\n");
  await writeFile(root.at("membership"), "0::/system.slice/node.service\n");
  const files = { root: root.path, membership: root.at("membership") };
  const maker = await cgroupMaker(limits, files);
  assert.deepEqual(maker?.enforced, limits);
  assert.equal(await readFile(`${own}/cgroup.subtree_control`, "utf8"), "+memory +pids");
  const { joinFiles } = await maker.make("1-0");
  assert.deepEqual(joinFiles, [`${own}/runtime-1-0/cgroup.procs`]);
  assert.equal(await readFile(`${own}/runtime-1-0/memory.max`, "utf8"), "268435456");
  assert.equal(await readFile(`${own}/runtime-1-0/pids.max`, "utf8"), "64");

  await writeFile(`${own}/cgroup.controllers`, "cpu\n");
  assert.equal(await cgroupMaker(limits, files), undefined);
  assert.equal(await cgroupMaker(limits, { root: root.at("none"), membership: root.at("none") }), undefined);
  assert.deepEqual((await readdir(root.path)).sort(), ["membership", "system.slice"]);
});
