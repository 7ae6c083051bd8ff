// A runtime's on-chain component as a process of this node.
import { join } from "node:path";
import type { ChainContext } from "@wadi/crypto";
import {
  LaunchAhead,
  LaunchRecords,
  RONL,
  RuntimeLog,
  SandboxedLauncher,
  SupervisedRuntime,
  UnconfinedLauncher,
  hostHandler,
  isRonl,
  type HostServices,
  type HostedComponent,
  type HostedComponentFiles,
  type Launcher,
} from "@wadi/runtime-host";
import type { FieldValue, Logging } from "@wadi/telemetry";

export interface Provisioning {
  /** Default: sandboxed. */
  readonly provisioner?: "sandboxed" | "unconfined";
  readonly sandboxBinary?: string;
  /** Where starts of components are noted. */
  readonly records?: LaunchRecords;
}

/**
 * The notes of starts in a data directory that is locked. What a node that was killed in the middle of
 * a start has left is ended first.
 */
export function launchRecords(dataDir: string, logging: Logging): LaunchRecords {
  const records = new LaunchRecords(join(dataDir, "runtimes", "launches"));
  const ended = records.reap();
  if (ended > 0) logging.logger("runtime/host").warn("ended what an earlier process left", { processes: ended });
  return records;
}

/**
 * What launches a runtime's versions. Where there is one only, it is launched as soon as it is `unpacked`,
 * for the time when it is asked for; of several the chain has to tell which one runs.
 */
export function launcherOf(
  components: readonly HostedComponent[],
  { provisioner, records, sandboxBinary }: Provisioning,
  unpacked: Promise<unknown>,
): Launcher & AsyncDisposable {
  const launcher =
    provisioner === "unconfined"
      ? new UnconfinedLauncher({ allowUnsafe: true, ...(records && { records }) })
      : new SandboxedLauncher({ ...(sandboxBinary !== undefined && { sandboxBinary }), ...(records && { records }) });
  const [only, ...others] = components.filter(({ component }) => isRonl(component));
  return new LaunchAhead(launcher, others.length === 0 ? only : undefined, unpacked);
}

export interface RuntimeProcessOptions {
  readonly component: HostedComponentFiles;
  readonly launcher: Launcher;
  readonly provisioner: "sandboxed" | "unconfined";
  readonly chain: ChainContext;
  /** See `encodeLocalConfig`. */
  readonly localConfig?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly services: HostServices;
  readonly logging: Logging;
}

/** The process, not yet started. */
export function runtimeProcess(options: RuntimeProcessOptions): SupervisedRuntime {
  const { chain, component, launcher, localConfig, logging, provisioner, services } = options;
  const { runtimeId } = component;
  const log = logging.logger("runtime/host");
  const lines = new RuntimeLog({
    runtimeId,
    component: RONL,
    provisioner: provisioner === "unconfined" ? "none" : "sandbox",
    sink: ({ fields, level, message, module }) => {
      const values = [...fields].map(([name, value]) => [name, value as FieldValue] as const);
      logging.relay(level, module, [["module", module], ["msg", message], ...values]);
    },
    log,
  });
  return new SupervisedRuntime(
    { launcher, handler: hostHandler(services), log, output: lines.output },
    {
      component,
      hostInfo: { runtimeId, chainContext: chain, ...(localConfig && { localConfig }) },
      expectedVersion: component.component.version,
    },
  );
}
