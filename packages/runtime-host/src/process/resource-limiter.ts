// The best limits that this machine lets the node enforce: control groups, else a limit on the
// processes of its user, else a warning.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

import type { HostLog } from "../logs/host-log.ts";
import { type CgroupMaker, cgroupMaker } from "./cgroups.ts";
import { type LimitedCommand, noLimits, type ProcessLimiter } from "./limits.ts";
import type { ResourceLimits } from "./resource-limits.ts";

const PRLIMIT = "/usr/bin/prlimit";
const SHELL = "/bin/sh";

/** Joins groups, then becomes the command: nothing that it starts can be outside of them. */
const JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"';

export interface LimiterSurroundings {
  readonly userId: number;
  cgroups(limits: ResourceLimits): Promise<CgroupMaker | undefined>;
}

const here: LimiterSurroundings = { userId: process.getuid?.() ?? 0, cgroups: (limits) => cgroupMaker(limits) };

/** A limiter for components; what cannot be enforced is named in one warning. */
export async function resourceLimiter(
  limits: ResourceLimits,
  log: HostLog,
  { userId, cgroups }: LimiterSurroundings = here,
): Promise<ProcessLimiter> {
  if (limits.memoryBytes === undefined && limits.processes === undefined) return noLimits;
  const maker = await cgroups(limits);
  const byUser = limits.processes !== undefined && maker?.enforced.processes === undefined && userId !== 0;
  const canCountByUser = byUser && existsSync(PRLIMIT);
  const enforced: ResourceLimits = {
    ...maker?.enforced,
    ...(canCountByUser && limits.processes !== undefined ? { processes: limits.processes } : {}),
  };
  warnAbout(limits, enforced, log);
  if (maker === undefined && !canCountByUser) return noLimits;
  let count = 0;
  return {
    enforced,
    limit: async (command) => {
      const counted = canCountByUser ? await countedByUser(command, limits.processes ?? 0, userId) : command;
      return maker === undefined ? unreleased(counted) : inGroup(counted, maker, `${process.pid}-${count++}`);
    },
  };
}

function warnAbout(wanted: ResourceLimits, enforced: ResourceLimits, log: HostLog): void {
  const missing = [
    ...(wanted.memoryBytes !== undefined && enforced.memoryBytes === undefined ? ["memory"] : []),
    ...(wanted.processes !== undefined && enforced.processes === undefined ? ["processes"] : []),
  ];
  if (missing.length === 0) return;
  log.warn("runtimes are not limited: a faulty one can take the whole machine down", {
    not_limited: missing.join(", "),
    what_to_do: "let the node divide its control group (systemd: Delegate=yes), or run it as another user than root",
  });
}

const unreleased = (command: readonly [string, ...string[]]): LimitedCommand => ({
  command,
  release: () => Promise.resolve(),
});

async function inGroup(
  command: readonly [string, ...string[]],
  maker: CgroupMaker,
  name: string,
): Promise<LimitedCommand> {
  const { joinFiles, remove } = await maker.make(name);
  const args = ["-c", JOIN, "sh", String(joinFiles.length), ...joinFiles, ...command];
  return { command: [SHELL, ...args], release: remove };
}

/** The kernel counts all threads of a user, so those that run already come on top. */
async function countedByUser(
  command: readonly [string, ...string[]],
  processes: number,
  userId: number,
): Promise<readonly [string, ...string[]]> {
  const limit = processes + (await threadsOf(userId));
  return [PRLIMIT, `--nproc=${limit}:${limit}`, "--", ...command];
}

async function threadsOf(userId: number): Promise<number> {
  let threads = 0;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, "utf8").catch(() => "");
    if (Number(/^Uid:\t(\d+)/m.exec(status)?.[1]) === userId) threads += Number(/^Threads:\t(\d+)/m.exec(status)?.[1]);
  }
  return threads;
}
