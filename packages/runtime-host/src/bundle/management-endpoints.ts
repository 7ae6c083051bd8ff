// What the node lets its ROFL components do with bundles, volumes and logs, each confined to what it
// brought itself. Reference: go/runtime/registry/handler_rofl_mgmt.go, go/runtime/rofl/api.
import {
  bool,
  bytes,
  decodeCbor,
  encodeCbor,
  list,
  map,
  optional,
  type Schema,
  struct,
  text,
  u64Number,
} from "@wadi/codec";
import { Hash, type Namespace } from "@wadi/types";

import { plainError } from "../rhp/errors.ts";
import type { LocalEndpoint } from "../rhp/rofl-handler.ts";
import type { ComponentLog } from "../logs/component-log.ts";
import type { BundleManager } from "./bundle-manager.ts";
import type { BundleRegistry } from "./bundle-registry.ts";
import { type ComponentId, isRonl, parseComponentId } from "./component-id.ts";
import type { Labels } from "./labels.ts";
import { originOf, ownedLabels, rewriteManaged, validateManaged, withManifest } from "./managed-bundles.ts";
import { findComponent } from "./manifest.ts";
import type { TemporaryBundles } from "./temporary-bundles.ts";
import type { Volume, VolumeManager } from "./volumes.ts";

const Empty = struct("rofl.Empty", {});
const labels = map(text, text);
const ByLabels = struct("rofl.ByLabels", { labels });

export const BundleWriteRequest = struct("rofl.BundleWriteRequest", {
  temporaryName: text,
  create: optional(bool),
  data: bytes,
});
export const BundleAddRequest = struct("rofl.BundleAddRequest", {
  temporaryName: text,
  manifestHash: Hash,
  labels,
  volumes: map(text, text),
});
export const BundleListResponse = struct("rofl.BundleListResponse", {
  bundles: optional(
    list(
      struct("rofl.BundleInfo", {
        manifestHash: Hash,
        components: list(struct("rofl.ComponentInfo", { name: text })),
        labels: optional(labels),
      }),
    ),
  ),
});
export const VolumeAddResponse = struct("rofl.VolumeAddResponse", { id: text });
export const VolumeListResponse = struct("rofl.VolumeListResponse", {
  volumes: optional(list(struct("rofl.VolumeInfo", { id: text, labels: optional(labels) }))),
});
export const LogGetRequest = struct("rofl.LogGetRequest", { labels, componentId: text, since: optional(u64Number) });
export const LogGetResponse = struct("rofl.LogGetResponse", { logs: list(text) });

export type Permission = "bundle_add" | "bundle_remove" | "volume_add" | "volume_remove" | "log_view";

export interface ManagementServices {
  readonly runtimeId: Namespace;
  /** Who asks. */
  readonly component: ComponentId;
  /** What the configuration allows it. */
  readonly permissions: ReadonlySet<Permission>;
  readonly bundles: BundleManager;
  readonly registry: BundleRegistry;
  readonly temporary: TemporaryBundles;
  readonly volumes: VolumeManager;
  /** The log of one of the runtime's components. */
  log(component: ComponentId): ComponentLog | undefined;
}

/** One method: who may call it, and how its arguments and result look. */
interface Method {
  readonly permission: Permission;
  call(args: Uint8Array): Promise<Uint8Array>;
}

function method<A, R>(
  permission: Permission,
  request: Schema<A>,
  response: Schema<R>,
  run: (args: A) => R | Promise<R>,
): Method {
  const call = async (args: Uint8Array): Promise<Uint8Array> =>
    encodeCbor(response, await run(decodeCbor(request, args, "rpc", { emptyIsZero: true })));
  return { permission, call };
}

/** The endpoints `bundle-manager`, `volume-manager` and `log-manager` of one component. */
export function managementEndpoints(services: ManagementServices): Readonly<Record<string, LocalEndpoint>> {
  return {
    "bundle-manager": endpoint(services, bundleMethods(services)),
    "volume-manager": endpoint(services, volumeMethods(services)),
    "log-manager": endpoint(services, { LogGet: logMethod(services) }),
  };
}

function endpoint({ permissions }: ManagementServices, methods: Readonly<Record<string, Method>>): LocalEndpoint {
  return {
    call: async ({ method: name, args }) => {
      const found = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (found === undefined) throw plainError("method not supported");
      if (!permissions.has(found.permission)) throw plainError("forbidden");
      return found.call(args ?? new Uint8Array(0));
    },
  };
}

function bundleMethods(services: ManagementServices): Readonly<Record<string, Method>> {
  const { runtimeId, component, bundles, registry, temporary } = services;
  const origin = originOf(runtimeId, component);
  return {
    BundleWrite: method("bundle_add", BundleWriteRequest, Empty, async ({ temporaryName, create, data }) => {
      await temporary.write(origin, temporaryName, create, data);
      return {};
    }),
    BundleAdd: method("bundle_add", BundleAddRequest, Empty, async (request) => {
      const owned = ownedLabels(request.labels, origin);
      await bundles.add(temporary.pathOf(origin, request.temporaryName), {
        manifestHash: request.manifestHash,
        runtimeId,
        labels: owned,
        volumes: ownVolumes(request.volumes, origin, services),
        validate: validateManaged,
        rewrite: (bundle) => withManifest(bundle, rewriteManaged(bundle.manifest, owned)),
      });
      await temporary.remove(origin, request.temporaryName);
      return {};
    }),
    BundleRemove: method("bundle_remove", ByLabels, Empty, ({ labels: asked }) => {
      bundles.remove(runtimeId, ownedLabels(asked, origin));
      return {};
    }),
    BundleList: method("bundle_add", ByLabels, BundleListResponse, ({ labels: asked }) => ({
      bundles: registry.withLabels(ownedLabels(asked, origin)).map(({ manifest, manifestHash, labels: all }) => ({
        manifestHash,
        components: manifest.components.map(({ name }) => ({ name })),
        labels: all,
      })),
    })),
  };
}

/** The volumes that were asked for; those of others do not exist. */
function ownVolumes(
  asked: ReadonlyMap<string, string>,
  origin: string,
  { volumes }: ManagementServices,
): ReadonlyMap<string, Volume> {
  const own = new Set(volumes.withLabels(ownedLabels(new Map(), origin)).map(({ id }) => id));
  const found = new Map<string, Volume>();
  for (const [name, id] of asked) {
    const volume = own.has(id) ? volumes.get(id) : undefined;
    if (volume === undefined) throw plainError(`volume '${id}' not found`);
    found.set(name, volume);
  }
  return found;
}

function volumeMethods({ runtimeId, component, volumes }: ManagementServices): Readonly<Record<string, Method>> {
  const owned = (asked: Labels): Labels => ownedLabels(asked, originOf(runtimeId, component));
  return {
    VolumeAdd: method("volume_add", ByLabels, VolumeAddResponse, async ({ labels: asked }) => ({
      id: (await volumes.create(owned(asked))).id,
    })),
    VolumeRemove: method("volume_remove", ByLabels, Empty, async ({ labels: asked }) => {
      await volumes.remove(owned(asked));
      return {};
    }),
    VolumeList: method("volume_add", ByLabels, VolumeListResponse, ({ labels: asked }) => ({
      volumes: volumes.withLabels(owned(asked)).map(({ id, labels: all }) => ({ id, labels: all })),
    })),
  };
}

function logMethod({ runtimeId, component, registry, log }: ManagementServices): Method {
  const origin = originOf(runtimeId, component);
  return method("log_view", LogGetRequest, LogGetResponse, async ({ labels: asked, componentId, since }) => {
    const id = parseComponentId(componentId);
    if (isRonl(id)) throw plainError("RONL component not allowed");
    const bundles = registry.withLabels(ownedLabels(asked, origin));
    if (!bundles.some(({ manifest }) => findComponent(manifest, id) !== undefined)) {
      throw plainError("component not found");
    }
    return { logs: (await log(id)?.read(since)) ?? [] };
  });
}
