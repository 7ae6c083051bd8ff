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

import { readNamedBundle, unpackBundle, type NamedBundle } from "./named-bundle.ts";

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
   * Resolves when the named bundles are unpacked, which takes a while and needs little of the event
   * loop; their programs cannot be run before. Rejects with what is wrong with the files of one.
   */
  readonly unpacked: Promise<void>;
  /**
   * Takes in a bundle; versions that a deployment names are run from its epoch on. Rejects with what is
   * wrong with it.
   */
  add(path: string): Promise<void>;
}

/** Begins to unpack what is named, and knows what is there. Rejects with what is wrong with the form of a bundle. */
export async function openBundles(options: NodeBundlesOptions, log: HostLog): Promise<NodeBundles> {
  const { dataDir, folder, paths, registries, runtimeRegistries } = options;
  const named: NamedBundle[] = [];
  for (const path of paths) named.push(await readNamedBundle(path, folder));
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
  // It clears the folder in which bundles are unpacked.
  await manager.start();
  for (const { directory, hash, manifest } of named) await manager.adopt(manifest, hash, directory);
  const unpacked = unpackAll(named);
  // Whoever starts the node waits for it, somewhat later.
  unpacked.catch(() => undefined);
  return {
    registry,
    manager,
    runtimeIds,
    unpacked,
    async add(path) {
      const { manifest, manifestHash: hash } = await manager.add(path, { limits: localLimits });
      const fields = { runtime_id: manifest.id, manifest_hash: hash };
      if (runtimeIds.has(manifest.id)) log.info("bundle added", fields);
      else log.warn("a bundle was added of a runtime that the node does not follow", fields);
    },
    async [Symbol.asyncDispose]() {
      await unpacked.catch(() => undefined);
      await manager[Symbol.asyncDispose]();
    },
  };
}

async function unpackAll(named: readonly NamedBundle[]): Promise<void> {
  for (const bundle of named) await unpackBundle(bundle);
}

/**
 * A named bundle takes the place of another one with the same version that was unpacked before:
 * who develops a runtime builds one version many times.
 */
function removeReplaced(folder: string, named: readonly NamedBundle[]): void {
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
function readManifest(directory: string): Pick<NamedBundle, "runtimeId" | "version" | "hash"> | undefined {
  try {
    const manifest = parseManifest(readFileSync(join(directory, MANIFEST_NAME)));
    const ronl = findComponent(manifest, RONL);
    return ronl && { runtimeId: manifest.id, version: ronl.version, hash: manifestHash(manifest) };
  } catch {
    return undefined;
  }
}
