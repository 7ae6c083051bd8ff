// Which versions of a runtime the node runs, as its deployments and epochs come into force.
// Reference: go/worker/common/committee/node.go (updateHostedRuntimeVersion).
import { beaconApp, isRefusal, registryApp } from "@wadi/apps";
import { hostedVersions, type CompositeRuntime, type HostedVersions } from "@wadi/runtime-host";
import type { Version, node, registry } from "@wadi/types";

import type { ChainReader, ConsensusPort } from "./consensus-port.ts";

/** `runtime.pre_warm_epochs` */
export const DEFAULT_PRE_WARM_EPOCHS = 3n;

export interface DeployedVersionsOptions {
  /** Only compute nodes have the next version ready. */
  readonly isCompute: boolean;
  readonly preWarmEpochs: bigint;
  readonly onDescriptor?: (descriptor: registry.Runtime, epoch: bigint) => void;
}

interface RegisteredVersion {
  readonly version: Version;
  readonly capabilityTee: node.CapabilityTEE | null;
}

/** The chain, and the document that it starts from. */
type Chain = ChainReader & { readonly backend: Pick<ConsensusPort["backend"], "document"> };
type Runtime = Pick<CompositeRuntime, "ronl" | "runtimeId" | "set">;

export class DeployedVersions {
  readonly #consensus: Chain;
  readonly #runtime: Runtime;
  readonly #options: DeployedVersionsOptions;
  #wanted: HostedVersions = { active: undefined, next: undefined };
  /** The epoch that `#wanted` is for; undefined until the descriptor was there. */
  #epoch: bigint | undefined;

  constructor(consensus: Chain, runtime: Runtime, options: DeployedVersionsOptions) {
    this.#consensus = consensus;
    this.#runtime = runtime;
    this.#options = options;
  }

  /** After a block with these events, and once at the start. */
  update(events: readonly registry.Event[] = []): void {
    const { runtimeId } = this.#runtime;
    const isChanged = events.some(({ runtimeStarted }) => runtimeStarted?.runtime?.id === runtimeId);
    const epoch = this.#nextEpoch();
    if (epoch === this.#epoch && !isChanged) return;
    const descriptor = this.#descriptor();
    if (descriptor === undefined) return;
    this.#epoch = epoch;
    this.#wanted = hostedVersions(descriptor, epoch, this.#options);
    this.#runtime.set(this.#wanted);
    this.#options.onDescriptor?.(descriptor, epoch);
  }

  /** The versions that run, as the node registers them; none without the one in force. */
  registered(): readonly RegisteredVersion[] {
    const { active, next } = this.#wanted;
    const found = [active, next].map((version) => version && this.#registered(version));
    return found[0] === undefined ? [] : found.filter((one) => one !== undefined);
  }

  #registered(version: Version): RegisteredVersion | undefined {
    const { ronl } = this.#runtime;
    return ronl.isHosted(version) ? { version, capabilityTee: ronl.runtimeOf(version).capabilityTee } : undefined;
  }

  /** Of the next block. */
  #nextEpoch(): bigint {
    const { document, machine } = this.#consensus.backend;
    const { lastHeight } = machine;
    if (lastHeight === 0) return document.beacon.base;
    const state = machine.stateAt(0);
    const future = beaconApp.beaconQueries.futureEpoch(state);
    return future?.height === lastHeight + 1 ? future.epoch : beaconApp.beaconQueries.epoch(state).epoch;
  }

  /** That of the registry; undefined before the runtime is registered. */
  #descriptor(): registry.Runtime | undefined {
    const { document, machine } = this.#consensus.backend;
    const { runtimeId } = this.#runtime;
    if (machine.lastHeight === 0) return document.registry.runtimes?.find(({ id }) => id === runtimeId);
    try {
      return registryApp.registryQueries.runtime(machine.stateAt(0), runtimeId, true);
    } catch (e) {
      if (isRefusal(e)) return undefined;
      throw e;
    }
  }
}
