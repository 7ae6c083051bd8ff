// Which deployments of a runtime a node runs (go/worker/common/committee/node.go
// `updateHostedRuntimeVersion`, go/runtime/registry/host.go `SetHostedRuntimeVersion`).
import { registry, type Version } from "@wadi/types";

/** The versions to run: the one in force, and the one to have ready for its epoch. */
export interface HostedVersions {
  readonly active: Version | undefined;
  readonly next: Version | undefined;
}

export interface HostedVersionsOptions {
  /** Only compute nodes prepare the next version. */
  readonly isCompute: boolean;
  /** How many epochs ahead; 0 is not at all. */
  readonly preWarmEpochs: bigint;
}

/** The versions for `epoch`, which is the epoch of the next block. */
export function hostedVersions(
  runtime: registry.Runtime,
  epoch: bigint,
  { isCompute, preWarmEpochs }: HostedVersionsOptions,
): HostedVersions {
  const next = isCompute ? registry.nextDeployment(runtime, epoch) : undefined;
  const isNear = next !== undefined && next.validFrom - epoch <= preWarmEpochs;
  return {
    active: registry.activeDeployment(runtime, epoch)?.version,
    next: isNear ? next.version : undefined,
  };
}

/** The versions of a ROFL component: its latest, wherever RONL runs, without waiting for an epoch. */
export function roflVersions(ronl: HostedVersions, latest: Version | undefined): HostedVersions {
  if (ronl.active !== undefined) return { active: latest, next: undefined };
  return { active: undefined, next: ronl.next === undefined ? undefined : latest };
}
