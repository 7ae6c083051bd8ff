// All versions of a runtime that the node has bundles of, as one hosted runtime.
import {
  CompositeRuntime,
  RONL,
  isRonl,
  type BundleRegistry,
  type HostLog,
  type HostedComponent,
  type HostedRuntime,
} from "@wadi/runtime-host";
import type { Namespace } from "@wadi/types";

export interface VersionedHostOptions {
  readonly runtimeId: Namespace;
  readonly registry: BundleRegistry;
  readonly log: HostLog;
  /** Makes the process of a version; it is started by the runtime that it becomes a part of. */
  readonly process: (component: HostedComponent) => HostedRuntime;
}

/** Versions that come later are joined. Components other than the on-chain one are not run. */
export function hostVersions({ log, process, registry, runtimeId }: VersionedHostOptions): CompositeRuntime {
  const runtime = new CompositeRuntime(runtimeId, log);
  const add = (component: HostedComponent): void => {
    if (isRonl(component.component)) runtime.add(RONL, component.component.version, process(component));
  };
  registry.components(runtimeId).forEach(add);
  // The registry lives no longer than the node.
  registry.watch(runtimeId, (notification) => {
    if (notification.type === "added") add(notification.component);
  });
  return runtime;
}
