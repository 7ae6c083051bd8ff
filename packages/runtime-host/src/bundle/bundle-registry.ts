// The bundles that the node has, in memory: which components in which versions there are.
// Reference: go/runtime/bundle/registry.go.
import { compareVersions, formatVersion, type Hash, type Namespace, type Version } from "@wadi/types";

import {
  ComponentKind,
  type ComponentId,
  displayComponentId,
  formatComponentId,
  isRonl,
  RONL,
  TeeKind,
} from "./component-id.ts";
import { BundleError } from "./errors.ts";
import type { HostedComponent } from "./hosted-component.ts";
import { hasLabels, type Labels } from "./labels.ts";
import {
  availableComponents,
  findComponent,
  isDetached,
  type Manifest,
  type ManifestComponent,
  teeKindOf,
} from "./manifest.ts";
import type { Volume } from "./volumes.ts";

/** A bundle that is unpacked. */
export interface ExplodedManifest {
  readonly manifest: Manifest;
  readonly manifestHash: Hash;
  readonly directory: string;
  readonly labels: Labels;
  /** By the names that its components use. */
  readonly volumes: ReadonlyMap<string, Volume>;
}

export type ComponentNotification =
  | { readonly type: "added"; readonly component: HostedComponent }
  /** Its last version is gone. */
  | { readonly type: "removed"; readonly id: ComponentId };

/** What the configuration says about where components run. */
export interface TeeConfiguration {
  /** The entry of a component; `tee` is absent where the entry does not say. */
  component(runtimeId: Namespace, id: ComponentId): { readonly tee?: TeeKind } | undefined;
  /** A client without loader for enclaves, which runs what it can without them. */
  readonly isClientWithoutLoader: boolean;
}

const unconfigured: TeeConfiguration = { component: () => undefined, isClientWithoutLoader: false };

export class BundleRegistry {
  readonly #configuration: TeeConfiguration;
  readonly #manifests = new Map<Hash, ExplodedManifest>();
  /** Runtime to `component version` to component. */
  readonly #components = new Map<Namespace, Map<string, HostedComponent>>();
  readonly #listeners = new Map<Namespace, Set<(notification: ComponentNotification) => void>>();

  constructor(configuration: TeeConfiguration = unconfigured) {
    this.#configuration = configuration;
  }

  has(manifestHash: Hash): boolean {
    return this.#manifests.has(manifestHash);
  }

  get manifests(): readonly ExplodedManifest[] {
    return [...this.#manifests.values()];
  }

  /** Does nothing for a bundle that is there. Throws a BundleError if a version of a component is there from another. */
  add(exploded: ExplodedManifest): void {
    const { manifest, manifestHash } = exploded;
    if (this.#manifests.has(manifestHash)) return;
    const known = this.#components.get(manifest.id) ?? new Map<string, HostedComponent>();
    const components = availableComponents(manifest);
    for (const component of components) {
      if (!known.has(keyOf(component))) continue;
      const version = formatVersion(component.version);
      const text = `duplicate component '${displayComponentId(component)}', version '${version}', for runtime '${manifest.id}'`;
      throw new BundleError("duplicateComponent", text);
    }
    this.#manifests.set(manifestHash, exploded);
    this.#components.set(manifest.id, known);
    for (const component of components) {
      const hosted = this.#hosted(component, exploded);
      known.set(keyOf(component), hosted);
      this.#notify(manifest.id, { type: "added", component: hosted });
    }
  }

  /** False if it was not there. */
  remove(manifestHash: Hash): boolean {
    const exploded = this.#manifests.get(manifestHash);
    if (exploded === undefined) return false;
    this.#manifests.delete(manifestHash);
    const { id } = exploded.manifest;
    const known = this.#components.get(id);
    for (const component of availableComponents(exploded.manifest)) {
      known?.delete(keyOf(component));
      const prefix = `${formatComponentId(component)} `;
      if ([...(known?.keys() ?? [])].some((key) => key.startsWith(prefix))) continue;
      this.#notify(id, { type: "removed", id: { kind: component.kind, name: component.name } });
    }
    if (known?.size === 0) this.#components.delete(id);
    return true;
  }

  /** The number of bundles that were removed. */
  removeWithLabels(runtimeId: Namespace, labels: Labels): number {
    const found = this.withLabels(labels).filter(({ manifest }) => manifest.id === runtimeId);
    for (const { manifestHash } of found) this.remove(manifestHash);
    return found.length;
  }

  withLabels(labels: Labels): readonly ExplodedManifest[] {
    return this.manifests.filter((exploded) => hasLabels(exploded.labels, labels));
  }

  /** Of the runtime's RONL component, in ascending order. */
  versions(runtimeId: Namespace): readonly Version[] {
    const own = this.manifests.filter(({ manifest }) => manifest.id === runtimeId);
    return own.flatMap(({ manifest }) => findComponent(manifest, RONL)?.version ?? []).sort(compareVersions);
  }

  /** All components of a runtime by kind, name and version. */
  components(runtimeId: Namespace): readonly HostedComponent[] {
    const order = (a: HostedComponent, b: HostedComponent): number =>
      compareText(a.component.kind, b.component.kind) ||
      compareText(a.component.name, b.component.name) ||
      compareVersions(a.component.version, b.component.version);
    return [...(this.#components.get(runtimeId)?.values() ?? [])].sort(order);
  }

  /** Calls `listener` with every further notification of a runtime; returns what ends it. */
  watch(runtimeId: Namespace, listener: (notification: ComponentNotification) => void): () => void {
    const listeners = this.#listeners.get(runtimeId) ?? new Set();
    this.#listeners.set(runtimeId, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(runtimeId) === listeners) this.#listeners.delete(runtimeId);
    };
  }

  #hosted(component: ManifestComponent, { manifest, directory, labels, volumes }: ExplodedManifest): HostedComponent {
    const teeKind = chosenTeeKind(manifest.id, component, this.#configuration);
    return { runtimeId: manifest.id, component, directory, teeKind, isDetached: isDetached(manifest), labels, volumes };
  }

  #notify(runtimeId: Namespace, notification: ComponentNotification): void {
    for (const listener of this.#listeners.get(runtimeId) ?? []) listener(notification);
  }
}

/** The configuration's choice; without an entry, clients without loader run RONL as it is; else what the manifest has. */
export function chosenTeeKind(
  runtimeId: Namespace,
  component: ManifestComponent,
  configuration: TeeConfiguration,
): TeeKind {
  const entry = configuration.component(runtimeId, component);
  if (entry === undefined && isRonl(component) && configuration.isClientWithoutLoader) return TeeKind.none;
  return entry?.tee ?? teeKindOf(component);
}

/** Which components of a bundle are to run: RONL, and those that the rules of go/runtime/registry allow. */
export function isComponentEnabled(
  { component, isDetached: detached }: HostedComponent,
  entry: { readonly disabled: boolean } | undefined,
  isComputeNode: boolean,
): boolean {
  if (component.kind === ComponentKind.ronl) return true;
  if (entry !== undefined) return !entry.disabled;
  if (detached) return true;
  return isComputeNode && !component.disabled;
}

function keyOf(component: ManifestComponent): string {
  return `${formatComponentId(component)} ${formatVersion(component.version)}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
