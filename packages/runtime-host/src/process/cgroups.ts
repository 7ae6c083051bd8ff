// Control groups: memory and process limits that the kernel enforces for a component and all that
// it starts. Version 2 where the node's own group may be divided, else version 1.
import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ResourceLimits } from "./resource-limits.ts";

/** A group for one component. */
export interface Cgroup {
  /** Files that a process writes 0 to in order to join. */
  readonly joinFiles: readonly string[];
  /** Removes it once nobody is in it. */
  remove(): Promise<void>;
}

/** Makes groups. */
export interface CgroupMaker {
  /** What the groups limit, out of what was asked for. */
  readonly enforced: ResourceLimits;
  make(name: string): Promise<Cgroup>;
}

export interface CgroupFiles {
  /** Where the hierarchies are mounted. */
  readonly root: string;
  /** The node's own groups. */
  readonly membership: string;
}

const thisProcess: CgroupFiles = { root: "/sys/fs/cgroup", membership: "/proc/self/cgroup" };

/** The parent of all components' groups, to tell them from groups of others. */
const PARENT = "wadi-runtimes";
const GROUP_PREFIX = "runtime-";

interface Hierarchy {
  /** A directory that groups can be made in. */
  readonly parent: string;
  /** Control file to value. */
  readonly settings: Readonly<Record<string, string>>;
  readonly enforced: ResourceLimits;
}

/** What can make groups with these limits here; undefined where the node may not. */
export async function cgroupMaker(
  limits: ResourceLimits,
  files: CgroupFiles = thisProcess,
): Promise<CgroupMaker | undefined> {
  const membership = await readFile(files.membership, "utf8").catch(() => "");
  const hierarchies =
    (await version2(limits, files.root, membership)) ?? (await version1(limits, files.root, membership));
  if (hierarchies.length === 0) return undefined;
  for (const { parent } of hierarchies) await removeLeftovers(parent);
  const enforced = Object.assign({}, ...hierarchies.map((one) => one.enforced)) as ResourceLimits;
  return { enforced, make: (name) => makeIn(hierarchies, name) };
}

/** What a node that was killed has left. Groups with processes stay: the kernel refuses. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(GROUP_PREFIX)) await rmdir(join(parent, name)).catch(() => undefined);
  }
}

async function makeIn(hierarchies: readonly Hierarchy[], name: string): Promise<Cgroup> {
  const made: string[] = [];
  const remove = async (): Promise<void> => {
    for (const directory of made) await removeGroup(directory);
  };
  try {
    for (const { parent, settings } of hierarchies) {
      const directory = join(parent, GROUP_PREFIX + name);
      await mkdir(directory);
      made.push(directory);
      for (const [file, value] of Object.entries(settings)) await writeFile(join(directory, file), value);
    }
  } catch (e) {
    await remove();
    throw e;
  }
  return { joinFiles: made.map((directory) => join(directory, "cgroup.procs")), remove };
}

/** The kernel frees a group a moment after its last process has ended. */
async function removeGroup(directory: string): Promise<void> {
  for (let pauseMs = 1; pauseMs < 5000; pauseMs *= 2) {
    try {
      return await rmdir(directory);
    } catch (e) {
      if (!(e instanceof Error && "code" in e && e.code === "EBUSY")) return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** The node's group in a hierarchy, from lines `id:controllers:path`. */
function ownGroup(membership: string, isMine: (controllers: readonly string[]) => boolean): string | undefined {
  for (const line of membership.split("\n")) {
    const [, controllers = "", path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path !== undefined && isMine(controllers.split(","))) return path;
  }
  return undefined;
}

async function version2(limits: ResourceLimits, root: string, membership: string): Promise<Hierarchy[] | undefined> {
  const own = ownGroup(membership, (controllers) => controllers.join() === "");
  if (own === undefined) return undefined;
  const group = join(root, own);
  const available = (await readText(join(group, "cgroup.controllers"))).trim().split(" ");
  const { memoryBytes, processes } = limits;
  const wanted = [
    ...(memoryBytes !== undefined && available.includes("memory") ? ["memory"] : []),
    ...(processes !== undefined && available.includes("pids") ? ["pids"] : []),
  ];
  if (wanted.length === 0 || !(await delegate(group, wanted))) return undefined;
  const hasMemory = wanted.includes("memory");
  return [
    {
      parent: group,
      settings: {
        ...(hasMemory ? { "memory.max": String(memoryBytes) } : {}),
        ...(wanted.includes("pids") ? { "pids.max": String(processes) } : {}),
      },
      enforced: pick(limits, hasMemory, wanted.includes("pids")),
    },
  ];
}

/**
 * Lets groups below `group` have the controllers. A group that is divided may hold no processes of
 * its own, so those that are in it, the node among them, move into a part.
 */
async function delegate(group: string, controllers: readonly string[]): Promise<boolean> {
  const enable = (): Promise<void> =>
    writeFile(join(group, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
  try {
    await enable();
    return true;
  } catch {
    // Processes are in it, or it is not ours to divide; the next attempt tells.
  }
  try {
    const part = join(group, "wadi-node");
    await mkdir(part, { recursive: true });
    const members = (await readText(join(group, "cgroup.procs"))).split("\n").filter((pid) => pid !== "");
    for (const pid of members) await writeFile(join(part, "cgroup.procs"), pid);
    await enable();
    return true;
  } catch {
    return false;
  }
}

async function version1(limits: ResourceLimits, root: string, membership: string): Promise<Hierarchy[]> {
  const { memoryBytes, processes } = limits;
  const found: Hierarchy[] = [];
  const memory = memoryBytes === undefined ? undefined : await parentGroup(root, "memory", membership);
  if (memory !== undefined) {
    const settings = { "memory.limit_in_bytes": String(memoryBytes) };
    found.push({ parent: memory, settings, enforced: pick(limits, true, false) });
  }
  const pids = processes === undefined ? undefined : await parentGroup(root, "pids", membership);
  if (pids !== undefined) {
    found.push({ parent: pids, settings: { "pids.max": String(processes) }, enforced: pick(limits, false, true) });
  }
  return found;
}

/** The node's part of a hierarchy of version 1, with room for components; undefined if it may not make any. */
async function parentGroup(root: string, controller: string, membership: string): Promise<string | undefined> {
  const own = ownGroup(membership, (controllers) => controllers.includes(controller));
  if (own === undefined) return undefined;
  // Inside a container the path may be that of the host, while what is mounted is the container's part.
  for (const base of [join(root, controller, own), join(root, controller)]) {
    const parent = join(base, PARENT);
    try {
      await access(base, constants.W_OK);
      await mkdir(parent, { recursive: true });
      if ((await readdir(parent)).includes("cgroup.procs")) return parent;
    } catch {
      // Not there, or not ours.
    }
  }
  return undefined;
}

function pick({ memoryBytes, processes }: ResourceLimits, memory: boolean, pids: boolean): ResourceLimits {
  return {
    ...(memory && memoryBytes !== undefined ? { memoryBytes } : {}),
    ...(pids && processes !== undefined ? { processes } : {}),
  };
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
