// What a launch runs: the component's executable, or something that runs it.
import { type HostedComponentFiles, filePath } from "../bundle/hosted-component.ts";
import { executableOf, isNetworkAllowed } from "../bundle/manifest.ts";
import type { SandboxedProgram } from "../sandbox/bwrap-arguments.ts";
import { LaunchError } from "../sandbox/errors.ts";

/** The variable that tells a component where its host is. */
export const HOST_SOCKET_VARIABLE = "OASIS_WORKER_HOST";

/** Where a program is going to run. */
export interface LaunchPlace {
  /** A directory for this launch only; it is gone as soon as the component is connected. */
  readonly directory: string;
  readonly isSandboxed: boolean;
  /** The host's socket, as the program sees it. */
  readonly socket: string;
}

/** What to run for a component. The socket and the variable that names it come on top. */
export type ProgramOf = (
  component: HostedComponentFiles,
  place: LaunchPlace,
) => SandboxedProgram | Promise<SandboxedProgram>;

/** One that has to look at files. */
export type AsyncProgramOf = (...args: Parameters<ProgramOf>) => Promise<SandboxedProgram>;

/** The component's ELF executable. Throws a LaunchError if it has none. */
export const elfProgram: ProgramOf = (component) => {
  const name = executableOf(component.component);
  if (name === undefined) {
    throw new LaunchError("executable", "failed to configure process: ELF executable not available in bundle");
  }
  return { executable: filePath(component, name), allowNetwork: isNetworkAllowed(component.component) };
};
