// The bundles of a node: those that its operator names, those that lie in its data directory from
// before, and those that are added while it runs.
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  BundleManager,
  BundleRegistry,
  MANIFEST_NAME,
  RONL,
  VolumeManager,
  bundlesPath,
  findComponent,
  localLimits,
  manifestHash,
  parseManifest,
  volumesPath,
  type HostLog,
} from "@wadi/runtime-host";
import { versionsEqual, type Namespace } from "@wadi/types";

import { unpackBundle, type UnpackedBundle } from "./hosted-runtime.ts";

export interface NodeBundlesOptions {
  readonly dataDir: string;
  /** Where named bundles are unpacked. */
  readonly folder: string;
  /** Bundle files that the operator names. */
  readonly paths: readonly string[];
  /** Runtimes that the node follows besides, whose bundles come later. */
  readonly runtimeIds: readonly Namespace[];
  /** URLs of registries that are asked for bundles of deployments. */
  readonly registries: readonly string[];
  readonly runtimeRegistries: ReadonlyMap<Namespace, readonly string[]>;
  readonly maxBundleBytes?: number;
}

export interface NodeBundles extends AsyncDisposable {
  readonly registry: BundleRegistry;
  readonly manager: BundleManager;
  /** The node's runtimes. */
  readonly runtimeIds: ReadonlySet<Namespace>;
  /**
   * Takes in a bundle; versions that a deployment names are run from its epoch on. Rejects with what is
   * wrong with it.
   */
  add(path: string): Promise<void>;
}

/** Unpacks what is named and knows what is there. Rejects with what is wrong with a bundle. */
export async function openBundles(options: NodeBundlesOptions, log: HostLog): Promise<NodeBundles> {
  const { dataDir, folder, paths, registries, runtimeRegistries } = options;
  const named: UnpackedBundle[] = [];
  for (const path of paths) named.push(await unpackBundle(path, folder));
  removeReplaced(bundlesPath(dataDir), named);
  const runtimeIds = new Set([...named.map(({ runtimeId }) => runtimeId), ...options.runtimeIds]);
  const registry = new BundleRegistry();
  const volumes = await VolumeManager.open(volumesPath(dataDir), log);
  const manager = new BundleManager(
    { registry, volumes, log },
    {
      dataDir,
      runtimeIds: [...runtimeIds],
      registries,
      runtimeRegistries,
      ...(options.maxBundleBytes === undefined ? {} : { maxBundleBytes: options.maxBundleBytes }),
    },
  );
  await manager.start();
  for (const { directory, hash, manifest } of named) {
    registry.add({ manifest, manifestHash: hash, directory, labels: new Map(), volumes: new Map() });
  }
  return {
    registry,
    manager,
    runtimeIds,
    async add(path) {
      const { manifest, manifestHash: hash } = await manager.add(path, { limits: localLimits });
      const fields = { runtime_id: manifest.id, manifest_hash: hash };
      if (runtimeIds.has(manifest.id)) log.info("bundle added", fields);
      else log.warn("a bundle was added of a runtime that the node does not follow", fields);
    },
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}

/**
 * A named bundle takes the place of another one with the same version that was unpacked before:
 * who develops a runtime builds one version many times.
 */
function removeReplaced(folder: string, named: readonly UnpackedBundle[]): void {
  for (const name of foldersIn(folder)) {
    const directory = join(folder, name);
    const found = readManifest(directory);
    if (found === undefined) continue;
    const isReplaced = named.some(
      ({ hash, runtimeId, version }) =>
        found.runtimeId === runtimeId && versionsEqual(found.version, version) && found.hash !== hash,
    );
    if (isReplaced) rmSync(directory, { recursive: true, force: true });
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw e;
  }
}

/** Of the on-chain component; undefined for what is no bundle, of which the manager warns. */
function readManifest(directory: string): Pick<UnpackedBundle, "runtimeId" | "version" | "hash"> | undefined {
  try {
    const manifest = parseManifest(readFileSync(join(directory, MANIFEST_NAME)));
    const ronl = findComponent(manifest, RONL);
    return ronl && { runtimeId: manifest.id, version: ronl.version, hash: manifestHash(manifest) };
  } catch {
    return undefined;
  }
}
