import { chmod, mkdir, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { ManifestComponent } from "../bundle/manifest.ts";
import { type Namespace } from "@wadi/types";
import { probeElf } from "./probe-elf.ts";

/** Why the sandbox cannot be tried here, or false: for the `skip` option of tests. */
export function sandboxIsMissing(): string | false {
  if (process.platform !== "linux" || process.arch !== "x64") return "sandboxes are for Linux on x86_64";
  const probe = ["--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--", "/usr/bin/bwrap", "--version"];
  const { status, error, stderr } = spawnSync("/usr/bin/bwrap", probe, { encoding: "utf8" });
  if (error !== undefined) return "bubblewrap is not installed";
  return status === 0 ? false : `bubblewrap does not work here: ${stderr.trim()}`;
}

export const TEST_RUNTIME = `8${"0".repeat(62)}1` as Namespace;

/** A component whose executable is the probe, or another one, in this folder. */
export async function probeComponent(
  directory: string,
  more: Partial<ManifestComponent> = {},
  executable: Uint8Array = probeElf(),
): Promise<HostedComponentFiles> {
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/probe`, executable);
  await chmod(`${directory}/probe`, 0o700);
  const component = { ...ManifestComponent.zero(), kind: "ronl", elf: { executable: "probe" }, ...more };
  return { runtimeId: TEST_RUNTIME, component, directory };
}
