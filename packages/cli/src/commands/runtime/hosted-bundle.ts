// A bundle's RONL component as a running process.
import {
  explodeBundle,
  findComponent,
  hostHandler,
  openBundle,
  RONL,
  SandboxedLauncher,
  SupervisedRuntime,
  UnconfinedLauncher,
  type HostServices,
} from "@wadi/runtime-host";
import type { Namespace } from "@wadi/types";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BundleOptions {
  readonly path: string;
  readonly sandboxBinary: string;
  readonly isUnconfined: boolean;
  /** What the runtime asks for, for the runtime ID of the bundle. */
  services(runtimeId: Namespace): HostServices;
  /** Gets what the runtime prints. */
  output(chunk: Uint8Array): void;
}

/** Unpacks the bundle and starts it. Rejects if it cannot be started at the first try. */
export async function startBundle(options: BundleOptions, stack: AsyncDisposableStack): Promise<SupervisedRuntime> {
  const folder = await mkdtemp(join(tmpdir(), "wadi-runtime-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await using bundle = await openBundle(options.path);
  const directory = join(folder, "bundle");
  await explodeBundle(bundle, directory, folder);
  const component = findComponent(bundle.manifest, RONL);
  if (component === undefined) throw new Error("the bundle has no RONL component");
  const runtimeId = bundle.manifest.id;
  const { sandboxBinary, isUnconfined, output } = options;
  const launcher = isUnconfined
    ? new UnconfinedLauncher({ allowUnsafe: true })
    : new SandboxedLauncher({ sandboxBinary });
  const runtime = stack.use(
    new SupervisedRuntime(
      { launcher, handler: hostHandler(options.services(runtimeId)), output },
      {
        component: { runtimeId, component, directory },
        hostInfo: { runtimeId, chainContext: "00".repeat(32) },
        expectedVersion: component.version,
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
