// Which launcher runs which components, by configuration. Reference: go/runtime/registry/config.go,
// go/runtime/host/composite.
import { TeeKind, teeKindName } from "../bundle/component-id.ts";
import type { HostLog } from "../logs/host-log.ts";
import { LaunchError } from "../sandbox/errors.ts";
import type { Launcher } from "./launcher.ts";
import type { ProcessLimiter } from "./limits.ts";
import { elfProgram, type ProgramOf } from "./programs.ts";
import { DEFAULT_SANDBOX_BINARY, SandboxedLauncher } from "./sandboxed-launcher.ts";
import { mockSgxProgram, sgxProgram } from "./sgx-program.ts";
import { requireUnsafe, UnconfinedLauncher } from "./unconfined-launcher.ts";

export interface LauncherConfiguration {
  /** `runtime.provisioner`. */
  readonly provisioner: "sandboxed" | "unconfined";
  /** `runtime.sandbox_binary`. */
  readonly sandboxBinary?: string;
  /** The node's LD_LIBRARY_PATH. */
  readonly libraryPath?: string;
  /** `runtime.sgx.loader`; empty for none. */
  readonly sgxLoader?: string;
  /** `runtime.environment: sgx-mock` or `runtime.debug_mock_tee`. */
  readonly mockTee?: boolean;
  /** `--debug.dont_blame_oasis`. */
  readonly allowUnsafe: boolean;
  readonly limiter?: ProcessLimiter;
  readonly log?: HostLog;
}

/** The launchers of a node. */
export interface Launchers {
  /** `composite{none: sandbox, sgx: sgx, tdx: tdx-qemu}`, as status reports show it. */
  readonly name: string;
  /** Throws a LaunchError where nothing can run components of that kind. */
  of(kind: TeeKind): Launcher;
}

/** TDX domains are not started by this node yet. */
const tdxLauncher: Launcher = {
  name: "tdx-qemu",
  launch: () => Promise.reject(new LaunchError("unsupported", "TDX components are not supported yet")),
};

/** Throws a LaunchError for what only debugging allows. */
export function createLaunchers(configuration: LauncherConfiguration): Launchers {
  const { mockTee = false, sgxLoader = "", allowUnsafe, log } = configuration;
  if (mockTee) requireUnsafe("mock enclaves", allowUnsafe);
  const byKind = new Map<TeeKind, Launcher>([[TeeKind.none, confine(configuration, "sandbox", elfProgram)]]);
  const shared = { allowDebugSignature: allowUnsafe, ...(log && { log }) };
  if (mockTee) byKind.set(TeeKind.sgx, confine(configuration, "sgx", mockSgxProgram(shared)));
  else if (sgxLoader !== "") {
    byKind.set(TeeKind.sgx, confine(configuration, "sgx", sgxProgram({ ...shared, loader: sgxLoader })));
  }
  byKind.set(TeeKind.tdx, tdxLauncher);
  const names = [...byKind].map(([kind, { name }]) => `${teeKindName(kind)}: ${name}`);
  return {
    name: `composite{${names.sort().join(", ")}}`,
    of: (kind) => {
      const launcher = byKind.get(kind);
      if (launcher !== undefined) return launcher;
      const text = `host/composite/provisioner: kind '${teeKindName(kind)}' is not available`;
      throw new LaunchError("configuration", text);
    },
  };
}

function confine(configuration: LauncherConfiguration, name: string, program: ProgramOf): Launcher {
  const { provisioner, allowUnsafe, sandboxBinary = DEFAULT_SANDBOX_BINARY, libraryPath, limiter, log } = configuration;
  if (provisioner === "unconfined") return new UnconfinedLauncher({ allowUnsafe, ...(log && { log }) }, name, program);
  const options = { sandboxBinary, ...(libraryPath !== undefined && { libraryPath }), ...(limiter && { limiter }) };
  return new SandboxedLauncher(options, name, program);
}
