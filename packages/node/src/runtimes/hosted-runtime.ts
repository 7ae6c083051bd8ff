// A runtime's on-chain component as a process of this node.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ChainContext } from "@wadi/crypto";
import {
  LaunchAhead,
  LaunchRecords,
  RONL,
  RuntimeLog,
  SandboxedLauncher,
  SupervisedRuntime,
  UnconfinedLauncher,
  explodeBundle,
  findComponent,
  hostHandler,
  isRonl,
  localLimits,
  manifestHash,
  MANIFEST_NAME,
  openArchive,
  openBundle,
  parseManifest,
  readFileBytes,
  type HostServices,
  type HostedComponent,
  type HostedComponentFiles,
  type Launcher,
  type Manifest,
} from "@wadi/runtime-host";
import type { FieldValue, Logging } from "@wadi/telemetry";
import type { Hash, Namespace, Version } from "@wadi/types";
import { WadiError, bytesEqual } from "@wadi/util";

import { ErrNode } from "../errors.ts";

/** A bundle that was unpacked into the data directory. */
export interface UnpackedBundle {
  readonly runtimeId: Namespace;
  readonly version: Version;
  readonly manifest: Manifest;
  readonly directory: string;
  readonly hash: Hash;
}

/** Where bundles are unpacked in a data directory. */
export function bundlesFolder(dataDir: string): string {
  return join(dataDir, "runtimes", "bundles");
}

/** Unpacks a bundle into a folder below `bundles`, unless it is there. Rejects with what is wrong with it. */
export async function unpackBundle(path: string, bundles: string): Promise<UnpackedBundle> {
  const rawManifest = await readManifest(path);
  const manifest = parseManifest(rawManifest);
  const component = findComponent(manifest, RONL);
  if (component === undefined) throw new WadiError(ErrNode, { context: `${path} has no on-chain component` });
  const hash = manifestHash(manifest);
  // Beside the bundles, so that the last step is one rename.
  const work = join(dirname(bundles), "tmp", "bundles");
  for (const folder of [bundles, work]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const directory = join(bundles, hash);
  if (!isUnpacked(directory, rawManifest)) {
    await using bundle = await openBundle(path, { manifestHash: hash, isToBeExploded: true });
    try {
      await explodeBundle(bundle, directory, work);
    } catch (e) {
      // Where nodes share the folder another one may have been faster.
      if (!isUnpacked(directory, rawManifest)) throw e;
    }
  }
  return { runtimeId: manifest.id, version: component.version, manifest, directory, hash };
}

async function readManifest(path: string): Promise<Uint8Array> {
  await using archive = await openArchive(path, localLimits);
  const sizeBytes = archive.size(MANIFEST_NAME);
  return readFileBytes({ sizeBytes, open: () => archive.open(MANIFEST_NAME) });
}

/**
 * Whether a directory has all of a bundle: the manifest is the last that is put there. Executables
 * have a hundred megabytes, so they are verified once, on their way there.
 */
function isUnpacked(directory: string, rawManifest: Uint8Array): boolean {
  try {
    return bytesEqual(readFileSync(join(directory, MANIFEST_NAME)), rawManifest);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw e;
  }
}

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
 * What launches a runtime's versions. Where there is one only, it is launched now, for the time when it
 * is asked for; of several the chain has to tell which one runs.
 */
export function launcherOf(
  components: readonly HostedComponent[],
  { provisioner, records, sandboxBinary }: Provisioning,
): Launcher & AsyncDisposable {
  const launcher =
    provisioner === "unconfined"
      ? new UnconfinedLauncher({ allowUnsafe: true, ...(records && { records }) })
      : new SandboxedLauncher({ ...(sandboxBinary !== undefined && { sandboxBinary }), ...(records && { records }) });
  const [only, ...others] = components.filter(({ component }) => isRonl(component));
  return new LaunchAhead(launcher, others.length === 0 ? only : undefined);
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
