// Keeps a node registered while all its parts are ready, and takes it out when it is told to.
// Reference: go/worker/registration/worker.go.
import { isRefusal, registryApp } from "@wadi/apps";
import type { Logger } from "@wadi/telemetry";
import { node, registry, transaction, type PublicKey } from "@wadi/types";
import { WadiError } from "@wadi/util";

import type { ConsensusPort } from "../consensus-port.ts";
import { epochOf } from "../runtime-block.ts";
import { nodeDescriptor, signDescriptor, type DescriptorFacts, type RegistrationKeys } from "./descriptor.ts";

/** A part of the node that has a role, once it is ready. */
export interface RoleProvider {
  readonly role: number;
  isAvailable: boolean;
  /** What it adds to the descriptor; undefined while it cannot say. */
  readonly runtime?: () => node.Runtime | undefined;
}

export interface RegistrationOptions {
  readonly consensus: ConsensusPort;
  readonly keys: RegistrationKeys;
  readonly entityId: PublicKey;
  readonly addresses: Pick<DescriptorFacts, "p2pAddresses" | "consensusAddresses">;
  readonly softwareVersion: string;
  readonly log: Logger;
  /** Whether it was told to deregister, also over restarts. */
  readonly flag: { get(): boolean; set(value: boolean): void };
}

export interface RegistrationReport {
  readonly lastAttemptSuccessful: boolean;
  readonly lastAttemptErrorMessage: string;
  /** Milliseconds since 1970; undefined for never. */
  readonly lastAttempt: number | undefined;
  readonly lastRegistration: number | undefined;
  readonly descriptor: node.Node | undefined;
  readonly nodeStatus: registry.NodeStatus | undefined;
}

const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

export class RegistrationWorker implements Disposable {
  readonly #options: RegistrationOptions;
  readonly #providers: RoleProvider[] = [];
  readonly #stop = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #registered = Promise.withResolvers<void>();
  /** The epoch of the last attempt; a failed one is repeated by the timer. */
  #attemptedEpoch: bigint | undefined;
  #isBusy = false;
  #isPending = false;
  #retryMs = MIN_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #lastAttempt: number | undefined;
  #lastRegistration: number | undefined;
  #lastError: unknown;
  #descriptor: node.Node | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Resolves after the first registration. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** Resolves when the node was told to deregister and the network has forgotten it. */
  get deregistered(): Promise<void> {
    return this.#done.promise;
  }

  /** A part that wants a role. Registration waits for all of them. */
  provide(role: number, runtime?: () => node.Runtime | undefined): RoleProvider {
    const provider = { role, isAvailable: false, ...(runtime && { runtime }) };
    this.#providers.push(provider);
    return provider;
  }

  /** A provider changed: registers anew at once. */
  changed(): void {
    this.#attemptedEpoch = undefined;
    this.#attempt();
  }

  /** After every block. */
  blockCommitted(): void {
    const { flag, keys } = this.#options;
    // Before the first block nobody is registered, also who is going to be.
    if (this.#epoch() === undefined) return;
    if (flag.get()) {
      if (this.#isRegistered()) return;
      flag.set(false);
      this.#options.log.info("the network does not know the node any more", { node_id: keys.node.publicKey });
      this.#done.resolve();
      return;
    }
    if (this.#epoch() !== this.#attemptedEpoch) this.#attempt();
  }

  /** Stops registering; the node leaves when its registration expires. */
  deregister(): void {
    this.#options.flag.set(true);
    this.blockCommitted();
  }

  report(): RegistrationReport {
    const error = this.#lastError;
    return {
      lastAttemptSuccessful: this.#lastAttempt !== undefined && error === undefined,
      lastAttemptErrorMessage: error instanceof Error ? error.message : "",
      lastAttempt: this.#lastAttempt,
      lastRegistration: this.#lastRegistration,
      descriptor: this.#descriptor,
      nodeStatus: this.#descriptor === undefined ? undefined : this.#nodeStatus(),
    };
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("the node stops"));
    clearTimeout(this.#retry);
  }

  #state() {
    return this.#options.consensus.backend.machine.stateAt(0);
  }

  #epoch(): bigint | undefined {
    return this.#options.consensus.backend.machine.lastHeight === 0 ? undefined : epochOf(this.#state());
  }

  #isRegistered(): boolean {
    try {
      registryApp.registryQueries.node(this.#state(), this.#options.keys.node.publicKey);
      return true;
    } catch (e) {
      if (isRefusal(e)) return false;
      throw e;
    }
  }

  /** Whether the node's owner is registered and says that the node is its own. */
  #isOwned(): boolean {
    const { entityId, keys } = this.#options;
    try {
      const { nodes } = registryApp.registryQueries.entity(this.#state(), entityId);
      return nodes?.includes(keys.node.publicKey) === true;
    } catch (e) {
      if (isRefusal(e)) return false;
      throw e;
    }
  }

  #nodeStatus(): registry.NodeStatus | undefined {
    try {
      return registryApp.registryQueries.nodeStatus(this.#state(), this.#options.keys.node.publicKey);
    } catch (e) {
      if (isRefusal(e)) return undefined;
      throw e;
    }
  }

  #attempt(): void {
    if (this.#isBusy) {
      this.#isPending = true;
      return;
    }
    if (this.#stop.signal.aborted || this.#options.flag.get()) return;
    const ready = this.#providers.length > 0 && this.#providers.every(({ isAvailable }) => isAvailable);
    const epoch = this.#epoch();
    // As long as the owner does not know the node, every block is looked at again.
    if (!ready || epoch === undefined || !this.#isOwned()) return;
    this.#isBusy = true;
    this.#attemptedEpoch = epoch;
    clearTimeout(this.#retry);
    void this.#register(epoch).then(() => {
      this.#isBusy = false;
      if (!this.#isPending) return;
      this.#isPending = false;
      this.#attempt();
    });
  }

  async #register(epoch: bigint): Promise<void> {
    const { consensus, keys, log } = this.#options;
    this.#lastAttempt = Date.now();
    try {
      const descriptor = this.#makeDescriptor(epoch);
      const call = { method: transaction.methods.registerNode.name, body: signDescriptor(keys, descriptor) };
      await consensus.submit(keys.node, call, this.#stop.signal);
      this.#lastError = undefined;
      this.#lastRegistration = Date.now();
      this.#descriptor = descriptor;
      this.#retryMs = MIN_RETRY_MS;
      log.info("node registered with the registry", { epoch });
      this.#registered.resolve();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#lastError = error;
      if (this.#descriptor !== undefined && registry.isNodeExpired(this.#descriptor, epoch))
        this.#descriptor = undefined;
      log.error("failed to register node", { err: error as Error });
      this.#retry = setTimeout(() => this.#attempt(), this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    }
  }

  #makeDescriptor(epoch: bigint): node.Node {
    const { addresses, entityId, keys, softwareVersion } = this.#options;
    const roles = this.#providers.reduce((mask, { role }) => mask | role, 0);
    const runtimes = this.#providers.flatMap(({ runtime }) => runtime?.() ?? []);
    if (roles === 0) throw refusal("registration: no roles to register for");
    const needsRuntimes = (roles & (node.roles.compute | node.roles.observer)) !== 0;
    if (needsRuntimes && runtimes.length === 0) {
      throw refusal("registration: no runtimes provided while runtimes are required");
    }
    return nodeDescriptor(keys, { ...addresses, entityId, epoch, roles, runtimes, softwareVersion });
  }
}

function refusal(text: string): WadiError {
  return new WadiError({ module: "unknown", code: 1, text });
}
