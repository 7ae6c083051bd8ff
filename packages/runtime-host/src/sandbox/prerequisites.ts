// Whether this machine can run sandboxes, found out before the first runtime is started. Each
// problem says what was found, what is needed and what to do; the reference's node leaves all of
// this to its guides.
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { systemErrorText } from "./errors.ts";

/** Something that keeps runtimes from being started. */
export interface SandboxProblem {
  readonly found: string;
  readonly needed: string;
  readonly advice: string;
}

/** What the checks look at; replaced in tests. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly userId: number;
  readonly temporaryDirectory: string;
  /** Standard output of a program that ended well. Rejects with what it wrote to standard error. */
  run(program: string, args: readonly string[]): Promise<string>;
  /** The text of a file; undefined if it cannot be read. */
  read(path: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
}

/** The oldest bubblewrap that knows all arguments. */
const OLDEST_BWRAP = [0, 3, 3] as const;
const RUN_TIMEOUT_MS = 10_000;

/** Everything that stands in the way of sandboxes made by `sandboxBinary`; none if they work. */
export async function sandboxProblems(
  sandboxBinary: string,
  machine: Machine = thisMachine,
): Promise<SandboxProblem[]> {
  const { platform, architecture } = machine;
  if (platform !== "linux" || architecture !== "x64") {
    return [
      {
        found: `${platform} on ${architecture}`,
        needed: "Linux on x86-64",
        advice: "use another machine, or develop with runtime.provisioner: unconfined and the debug flag",
      },
    ];
  }
  const temporary = await temporaryProblem(machine);
  const binary = await binaryProblem(sandboxBinary, machine);
  const working = binary === undefined ? await sandboxProblem(sandboxBinary, machine) : undefined;
  return [binary, working, temporary].filter((problem) => problem !== undefined);
}

/** A problem in one line. */
export function describeProblem({ found, needed, advice }: SandboxProblem): string {
  return `found: ${found}; needed: ${needed}; what to do: ${advice}`;
}

async function binaryProblem(path: string, machine: Machine): Promise<SandboxProblem | undefined> {
  const needed = `bubblewrap ${OLDEST_BWRAP.join(".")} or newer at ${path}`;
  if (!(await machine.exists(path))) {
    const advice = "install it (apt-get install bubblewrap), or set runtime.sandbox_binary to where it is";
    return { found: "sandbox binary not found", needed, advice };
  }
  let text: string;
  try {
    text = await machine.run(path, ["--version"]);
  } catch (e) {
    return {
      found: `${path} --version: ${systemErrorText(e)}`,
      needed,
      advice: "set runtime.sandbox_binary to bubblewrap",
    };
  }
  const version = /^bubblewrap (\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  if (version === undefined) {
    return { found: text.trim(), needed, advice: "set runtime.sandbox_binary to bubblewrap" };
  }
  if (isOlder(version, OLDEST_BWRAP)) {
    return { found: `bubblewrap ${version.join(".")}`, needed, advice: "install a newer bubblewrap" };
  }
  return undefined;
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const at = than.findIndex((part, i) => part !== version[i]);
  return at >= 0 && (version[at] ?? 0) < (than[at] ?? 0);
}

/** Makes a sandbox as runtimes get it, with bubblewrap itself as the program. */
async function sandboxProblem(path: string, machine: Machine): Promise<SandboxProblem | undefined> {
  const isolation = ["--unshare-all", "--cap-drop", "ALL", "--hostname", "oasis-core", "--die-with-parent"];
  const files = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--dev", "/dev", "--new-session", "--chdir", "/"];
  try {
    await machine.run(path, [...isolation, ...files, "--", path, "--version"]);
    return undefined;
  } catch (e) {
    return { found: systemErrorText(e).trim(), ...(await whyNot(machine)) };
  }
}

/** The usual reasons for which namespaces are refused, as the system tells them. */
async function whyNot(machine: Machine): Promise<Pick<SandboxProblem, "needed" | "advice">> {
  const setting = async (path: string): Promise<string | undefined> => (await machine.read(path))?.trim();
  const needed = "user namespaces for the user that runs the node";
  if ((await setting("/proc/sys/kernel/unprivileged_userns_clone")) === "0") {
    return { needed, advice: "set kernel.unprivileged_userns_clone to 1 with sysctl" };
  }
  if ((await setting("/proc/sys/user/max_user_namespaces")) === "0") {
    return { needed, advice: "set user.max_user_namespaces to 10000 with sysctl" };
  }
  if ((await setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")) === "1" && machine.userId !== 0) {
    const advice =
      "AppArmor forbids them: load a profile that allows userns to bwrap " +
      "(/etc/apparmor.d/bwrap: `profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }`)";
    return { needed, advice };
  }
  const advice =
    "in a container, allow namespaces and mounts (for Docker: --privileged, or seccomp and AppArmor unconfined)";
  return { needed: "namespaces and mounts inside them", advice };
}

async function temporaryProblem({ temporaryDirectory }: Machine): Promise<SandboxProblem | undefined> {
  try {
    await rm(await mkdtemp(join(temporaryDirectory, "oasis-runtime")), { recursive: true });
    return undefined;
  } catch (e) {
    return {
      found: `failed to create temporary directory: ${systemErrorText(e)}`,
      needed: `a writable ${temporaryDirectory}`,
      advice: "make it writable, or set TMPDIR to a directory that is (with systemd: PrivateTmp=yes)",
    };
  }
}

const runFile = promisify(execFile);

const thisMachine: Machine = {
  platform: process.platform,
  architecture: process.arch,
  userId: process.getuid?.() ?? 0,
  temporaryDirectory: tmpdir(),
  run: async (program, args) => {
    try {
      return (await runFile(program, args, { timeout: RUN_TIMEOUT_MS, env: {} })).stdout;
    } catch (e) {
      const stderr = e instanceof Error && "stderr" in e ? String(e.stderr) : "";
      throw stderr === "" ? e : new Error(stderr, { cause: e });
    }
  },
  read: (path) => readFile(path, "utf8").catch(() => undefined),
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
};
