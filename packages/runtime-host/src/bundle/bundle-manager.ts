// Bringing bundles to the node: from files that the operator names, from registries on the web, from
// ROFL components; and removing what is no longer deployed. Reference: go/runtime/bundle/manager.go.
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { HASH_SIZE, isKeyManagerNamespace } from "@wadi/crypto";
import type { Timers } from "@wadi/runtime-protocol";
import { compareVersions, type Hash, type Namespace, type registry, type Version } from "@wadi/types";
import { toHex } from "@wadi/util";

import { type HostLog, silentLog } from "../logs/host-log.ts";
import { systemTimers } from "../rhp/system-timers.ts";
import { type Bundle, openBundle, type OpenBundleOptions } from "./bundle.ts";
import type { BundleRegistry, ExplodedManifest } from "./bundle-registry.ts";
import { formatComponentId, RONL } from "./component-id.ts";
import { downloadBundle, validateRegistryUrl } from "./downloads.ts";
import { BundleError, messageOf } from "./errors.ts";
import { explodeBundle } from "./explode.ts";
import { type Labels, validateLabels } from "./labels.ts";
import { DEFAULT_MAX_BUNDLE_BYTES, downloadLimits } from "./limits.ts";
import {
  findComponent,
  isDetached,
  type Manifest,
  MANIFEST_NAME,
  manifestHash,
  parseManifest,
  requiredVolumes,
} from "./manifest.ts";
import { bundlesPath, explodedPath, temporaryBundlesPath } from "./paths.ts";
import { type Volume, VOLUME_LABELS, type VolumeManager } from "./volumes.ts";

export interface BundleManagerOptions {
  readonly dataDir: string;
  /** The runtimes that the node follows. */
  readonly runtimeIds: readonly Namespace[];
  /** Bundle files that the operator names. */
  readonly paths?: readonly string[];
  /** URLs that are asked after those of the runtime. */
  readonly registries?: readonly string[];
  readonly runtimeRegistries?: ReadonlyMap<Namespace, readonly string[]>;
  readonly maxBundleBytes?: number;
}

export interface BundleManagerDeps {
  readonly registry: BundleRegistry;
  readonly volumes: VolumeManager;
  readonly log?: HostLog;
  readonly timers?: Timers;
}

/** What comes with a bundle that is added. */
export interface AddBundleOptions extends OpenBundleOptions {
  readonly labels?: Labels;
  /** Default: volumes of its own, by the names that its components use. */
  readonly volumes?: ReadonlyMap<string, Volume>;
  /** Refuses what is not wanted. */
  readonly validate?: (manifest: Manifest) => void;
  /** Makes another bundle of it. */
  readonly rewrite?: (bundle: Bundle) => Bundle;
}

/** Between attempts to download what could not be downloaded. */
const RETRY_MS = 15 * 60_000;

export class BundleManager implements AsyncDisposable {
  readonly #registry: BundleRegistry;
  readonly #volumes: VolumeManager;
  readonly #log: HostLog;
  readonly #timers: Timers;
  readonly #options: BundleManagerOptions;
  readonly #runtimeIds: ReadonlySet<Namespace>;
  readonly #downloads = new Map<Namespace, readonly Hash[]>();
  readonly #cleanups = new Map<Namespace, Version>();
  readonly #stopping = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #isStarted = false;
  #isWanted = false;
  #working: Promise<void> | undefined;
  /** The last bundle that is being added. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws a BundleError for URLs that are none. */
  constructor(
    { registry, volumes, log = silentLog, timers = systemTimers }: BundleManagerDeps,
    options: BundleManagerOptions,
  ) {
    this.#registry = registry;
    this.#volumes = volumes;
    this.#log = log;
    this.#timers = timers;
    const normalize = (urls: readonly string[] = []): string[] => urls.map(validateRegistryUrl);
    const byRuntime = [...(options.runtimeRegistries ?? [])].map(([id, urls]) => [id, normalize(urls)] as const);
    this.#options = { ...options, registries: normalize(options.registries), runtimeRegistries: new Map(byRuntime) };
    this.#runtimeIds = new Set(options.runtimeIds);
  }

  /**
   * Unpacks the named bundles, registers all that are there and removes those of other runtimes;
   * from then on downloads and clean-ups are served. Rejects with a BundleError or what the file
   * system throws; without its bundles a node cannot do its work.
   */
  async start(): Promise<void> {
    const { dataDir, paths = [] } = this.#options;
    const temporary = temporaryBundlesPath(dataDir);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    await mkdir(bundlesPath(dataDir), { recursive: true, mode: 0o700 });
    const named = new Set<Hash>();
    for (const path of paths) named.add((await this.#explode(path, {})).manifestHash);
    const kept = await this.#cleanAtStart(await this.#load(), named);
    // What is detached comes first, so that all components are there when RONL is.
    const order = (exploded: ExplodedManifest): number => (isDetached(exploded.manifest) ? 0 : 1);
    for (const exploded of kept.toSorted((a, b) => order(a) - order(b))) await this.#register(exploded);
    this.#isStarted = true;
    this.#schedule();
  }

  /** Adds a bundle from a file, one at a time. Throws a BundleError; then nothing of it is left. */
  add(path: string, options: AddBundleOptions = {}): Promise<ExplodedManifest> {
    const added = this.#turn.then(() => this.#addNow(path, options));
    this.#turn = added.catch(() => undefined);
    return added;
  }

  async #addNow(path: string, options: AddBundleOptions): Promise<ExplodedManifest> {
    const wasThere = new Set(this.#registry.manifests.map((exploded) => exploded.manifestHash));
    const exploded = await this.#explode(path, options);
    try {
      if (isKeyManagerNamespace(exploded.manifest.id)) {
        throw new BundleError("keyManager", "not allowed to add key manager bundle");
      }
      return await this.#register(exploded);
    } catch (e) {
      if (!wasThere.has(exploded.manifestHash)) await rm(exploded.directory, { recursive: true, force: true });
      throw e;
    }
  }

  /**
   * Registers a bundle that the caller has unpacked or is about to, unless it is registered. Throws a
   * BundleError.
   */
  async adopt(manifest: Manifest, hash: Hash, directory: string): Promise<void> {
    if (this.#registry.has(hash)) return;
    const volumes = await this.#defaultVolumes(manifest);
    await this.#register({ manifest, manifestHash: hash, directory, labels: new Map(), volumes });
  }

  /** Forgets a runtime's bundles with these labels; their files stay until the next start. */
  remove(runtimeId: Namespace, labels: Labels): number {
    validateLabels(labels);
    return this.#registry.removeWithLabels(runtimeId, labels);
  }

  /** Replaces what is to be downloaded for a runtime, and begins. */
  download(runtimeId: Namespace, hashes: readonly Hash[]): void {
    if (!this.#runtimeIds.has(runtimeId) || isKeyManagerNamespace(runtimeId)) return;
    if (this.#registriesOf(runtimeId).length === 0) return;
    if (hashes.length === 0) this.#downloads.delete(runtimeId);
    else {
      this.#downloads.set(runtimeId, hashes);
      this.#trigger();
    }
  }

  /** Removes bundles of versions below this one, once. */
  cleanUp(runtimeId: Namespace, minimum: Version): void {
    if (isKeyManagerNamespace(runtimeId)) return;
    const queued = this.#cleanups.get(runtimeId);
    if (queued !== undefined && compareVersions(queued, minimum) >= 0) return;
    this.#cleanups.set(runtimeId, minimum);
    this.#trigger();
  }

  /** What is still to be downloaded. */
  pending(runtimeId: Namespace): readonly Hash[] {
    return this.#downloads.get(runtimeId) ?? [];
  }

  /** Resolves when nothing is being downloaded or removed. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStarted = false;
    this.#cancelTimer?.();
    this.#stopping.abort(new BundleError("download", "stopping"));
    await this.idle();
    await this.#turn;
  }

  #registriesOf(runtimeId: Namespace): readonly string[] {
    const { runtimeRegistries, registries = [] } = this.#options;
    return [...(runtimeRegistries?.get(runtimeId) ?? []), ...registries];
  }

  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#timers.after(RETRY_MS, () => this.#trigger());
  }

  #trigger(): void {
    if (!this.#isStarted) return;
    this.#isWanted = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    while (this.#isWanted && this.#isStarted) {
      this.#isWanted = false;
      for (const runtimeId of this.#runtimeIds) await this.#downloadQueued(runtimeId);
      for (const runtimeId of this.#runtimeIds) await this.#cleanQueued(runtimeId);
    }
    if (this.#isStarted) this.#schedule();
  }

  async #downloadQueued(runtimeId: Namespace): Promise<void> {
    const done = new Set<Hash>();
    for (const hash of this.#downloads.get(runtimeId) ?? []) {
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#downloadOne(runtimeId, hash);
        done.add(hash);
      } catch (e) {
        this.#log.error("failed to download bundle", { err: messageOf(e), runtime_id: runtimeId, manifest_hash: hash });
      }
    }
    // The queue may have been replaced in between.
    const left = (this.#downloads.get(runtimeId) ?? []).filter((hash) => !done.has(hash));
    if (left.length === 0) this.#downloads.delete(runtimeId);
    else this.#downloads.set(runtimeId, left);
  }

  async #downloadOne(runtimeId: Namespace, hash: Hash): Promise<void> {
    if (this.#registry.has(hash)) return;
    const { dataDir, maxBundleBytes = DEFAULT_MAX_BUNDLE_BYTES } = this.#options;
    const { signal } = this.#stopping;
    const failures: string[] = [];
    for (const base of this.#registriesOf(runtimeId)) {
      try {
        const options = { maxBundleBytes, signal };
        const path = await downloadBundle(base, hash, temporaryBundlesPath(dataDir), options);
        try {
          await this.add(path, { manifestHash: hash, runtimeId, limits: downloadLimits(maxBundleBytes) });
        } finally {
          await rm(path, { force: true });
        }
        this.#log.info("bundle downloaded", { manifest_hash: hash, registry: base });
        return;
      } catch (e) {
        signal.throwIfAborted();
        failures.push(messageOf(e));
      }
    }
    throw new BundleError("download", failures.join("\n"));
  }

  async #cleanQueued(runtimeId: Namespace): Promise<void> {
    const minimum = this.#cleanups.get(runtimeId);
    if (minimum === undefined) return;
    this.#cleanups.delete(runtimeId);
    for (const { manifest, manifestHash: hash, directory } of this.#registry.manifests) {
      const ronl = manifest.id === runtimeId ? findComponent(manifest, RONL) : undefined;
      if (ronl === undefined || compareVersions(ronl.version, minimum) >= 0) continue;
      this.#log.info("removing bundle", { manifest_hash: hash });
      this.#registry.remove(hash);
      await rm(directory, { recursive: true, force: true }).catch((e: unknown) => {
        this.#log.error("failed to remove bundle", { err: messageOf(e) });
      });
    }
  }

  async #explode(path: string, options: AddBundleOptions): Promise<ExplodedManifest> {
    const { labels = new Map<string, string>(), volumes = new Map<string, Volume>(), validate, rewrite } = options;
    validateLabels(labels);
    await using original = await openBundle(path, { ...options, isToBeExploded: true });
    validate?.(original.manifest);
    const bundle = rewrite?.(original) ?? original;
    const directory = explodedPath(this.#options.dataDir, bundle.manifestHash);
    await explodeBundle(bundle, directory, temporaryBundlesPath(this.#options.dataDir));
    const { manifest } = bundle;
    const attached = options.volumes === undefined ? await this.#defaultVolumes(manifest) : volumes;
    return { manifest, manifestHash: bundle.manifestHash, directory, labels, volumes: attached };
  }

  async #register(exploded: ExplodedManifest): Promise<ExplodedManifest> {
    for (const name of exploded.manifest.components.flatMap(requiredVolumes)) {
      if (exploded.volumes.has(name)) continue;
      throw new BundleError("volume", `failed to validate volumes: missing required volume '${name}'`);
    }
    try {
      this.#registry.add(exploded);
    } catch (e) {
      throw new BundleError("duplicateComponent", `failed to register manifest: ${messageOf(e)}`, { cause: e });
    }
    return exploded;
  }

  async #defaultVolumes(manifest: Manifest): Promise<ReadonlyMap<string, Volume>> {
    const volumes = new Map<string, Volume>();
    for (const component of manifest.components) {
      for (const name of requiredVolumes(component)) {
        const labels = new Map<string, string>([
          [VOLUME_LABELS.autoGenerated, "true"],
          [VOLUME_LABELS.runtimeId, manifest.id],
          [VOLUME_LABELS.componentId, formatComponentId(component)],
          [VOLUME_LABELS.name, name],
        ]);
        volumes.set(name, await this.#volumes.getOrCreate(labels));
      }
    }
    return volumes;
  }

  /** What lies in the directory of bundles; what has no manifest is skipped with a warning. */
  async #load(): Promise<ExplodedManifest[]> {
    const loaded: ExplodedManifest[] = [];
    const root = bundlesPath(this.#options.dataDir);
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const directory = join(root, entry.name);
      try {
        const manifest = parseManifest(await readFile(join(directory, MANIFEST_NAME)));
        const hash = manifestHash(manifest);
        loaded.push({ manifest, manifestHash: hash, directory, labels: new Map(), volumes: new Map() });
      } catch (e) {
        this.#log.warn("skipping malformed manifest", { path: directory, err: messageOf(e) });
      }
    }
    return loaded;
  }

  /** Removes what no runtime of the node needs, and detached and key manager bundles that are not named. */
  async #cleanAtStart(found: readonly ExplodedManifest[], named: ReadonlySet<Hash>): Promise<ExplodedManifest[]> {
    const kept: ExplodedManifest[] = [];
    for (const exploded of found) {
      const { manifest, manifestHash: hash, directory } = exploded;
      const mustBeNamed = isDetached(manifest) || isKeyManagerNamespace(manifest.id);
      if (this.#runtimeIds.has(manifest.id) && (!mustBeNamed || named.has(hash))) {
        kept.push({ ...exploded, volumes: await this.#defaultVolumes(manifest) });
        continue;
      }
      this.#log.info("removing bundle", { dir: directory });
      await rm(directory, { recursive: true, force: true });
    }
    return kept;
  }
}

/** The bundles that a runtime needs from now on: of the active deployment and of those after it. */
export function neededBundles(
  deployments: readonly Pick<registry.VersionInfo, "version" | "validFrom" | "bundleChecksum">[],
  epoch: bigint,
): readonly Hash[] {
  const hashes: Hash[] = [];
  for (const { validFrom, bundleChecksum } of deployments.toSorted((a, b) => compareVersions(b.version, a.version))) {
    if (bundleChecksum.length === HASH_SIZE) hashes.push(toHex(bundleChecksum) as Hash);
    if (validFrom <= epoch) break;
  }
  return hashes;
}
