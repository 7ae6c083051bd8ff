// A runtime that is kept running for a developer: a bundle's RONL component in its sandbox, or a
// module in a thread.
import {
  explodeBundle,
  findComponent,
  hostHandler,
  ManifestComponent,
  openBundle,
  RONL,
  SandboxedLauncher,
  SupervisedRuntime,
  UnconfinedLauncher,
  WorkerLauncher,
  type HostedComponentFiles,
  type HostServices,
  type Launcher,
} from "@wadi/runtime-host";
import type { Namespace } from "@wadi/types";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface HostedOptions {
  /** A bundle, or a module in JavaScript or TypeScript. */
  readonly path: string;
  readonly sandboxBinary: string;
  readonly isUnconfined: boolean;
  /** What the runtime asks for. */
  services(runtimeId: Namespace): HostServices;
  /** Gets what the runtime prints. */
  output(chunk: Uint8Array): void;
}

/** Modules have no bundle that names a runtime. */
const MODULE_RUNTIME_ID = `80${"00".repeat(31)}` as Namespace;

interface Hosted {
  readonly component: HostedComponentFiles;
  readonly launcher: Launcher;
}

async function hostedModule(path: string, folder: string): Promise<Hosted> {
  const { bundleProgram } = await import("@wadi/runtime-kit/build");
  const program = join(folder, "runtime.cjs");
  await writeFile(program, await bundleProgram(path));
  const component = { ...ManifestComponent.zero(), kind: "ronl" };
  return {
    component: { runtimeId: MODULE_RUNTIME_ID, component, directory: folder },
    launcher: new WorkerLauncher({ allowUnsafe: true, entryOf: () => program }),
  };
}

async function hostedBundle({ path, sandboxBinary, isUnconfined }: HostedOptions, folder: string): Promise<Hosted> {
  await using bundle = await openBundle(path, { isToBeExploded: true });
  const directory = join(folder, "bundle");
  await explodeBundle(bundle, directory, folder);
  const component = findComponent(bundle.manifest, RONL);
  if (component === undefined) throw new Error("the bundle has no RONL component");
  return {
    component: { runtimeId: bundle.manifest.id, component, directory },
    launcher: isUnconfined ? new UnconfinedLauncher({ allowUnsafe: true }) : new SandboxedLauncher({ sandboxBinary }),
  };
}

/** Starts the runtime. Rejects if it cannot be started at the first try. What it leaves goes with the stack. */
export async function startRuntime(options: HostedOptions, stack: AsyncDisposableStack): Promise<SupervisedRuntime> {
  const folder = await mkdtemp(join(tmpdir(), "wadi-runtime-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const isModule = /\.[cm]?[jt]s$/.test(options.path);
  const { component, launcher } = await (isModule ? hostedModule(options.path, folder) : hostedBundle(options, folder));
  const { runtimeId } = component;
  const runtime = stack.use(
    new SupervisedRuntime(
      { launcher, handler: hostHandler(options.services(runtimeId)), output: options.output },
      {
        component,
        hostInfo: { runtimeId, chainContext: "00".repeat(32) },
        ...(isModule ? {} : { expectedVersion: component.component.version }),
      },
    ),
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  runtime.watch((event) => {
    if (event.type === "started") resolve();
    if (event.type === "failedToStart") reject(event.error);
  });
  runtime.start();
  await promise;
  return runtime;
}
