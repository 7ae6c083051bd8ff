// Keeps a node registered while all its parts are ready, and takes it out when it is told to.
// Reference: go/worker/registration/worker.go.
import { beaconApp, isRefusal, registryApp } from "@wadi/apps";
import type { Logger } from "@wadi/telemetry";
import { node, registry, transaction, type PublicKey } from "@wadi/types";
import { WadiError, must } from "@wadi/util";

import type { ChainReader, ConsensusPort } from "../consensus-port.ts";
import { registrationDelay } from "./deferral.ts";
import {
  REGISTRATION_EPOCHS,
  nodeDescriptor,
  signDescriptor,
  type DescriptorFacts,
  type RegistrationKeys,
} from "./descriptor.ts";

/** A part of the node that has a role, once it is ready. */
export interface RoleProvider {
  readonly role: number;
  isAvailable: boolean;
  /** What it adds to the descriptor, one entry for each version; none while it cannot say. */
  readonly runtimes?: () => readonly node.Runtime[];
}

/** The node is forgotten in the epoch after `expiration`. */
export interface LeavingProgress {
  readonly epoch: bigint;
  readonly expiration: bigint;
}

export interface RegistrationOptions {
  readonly consensus: ChainReader & Pick<ConsensusPort, "submit">;
  readonly keys: RegistrationKeys;
  /** Whose node it is; without an owner it is not registered. */
  readonly entityId?: PublicKey;
  readonly addresses: Pick<DescriptorFacts, "p2pAddresses" | "consensusAddresses">;
  readonly softwareVersion: string;
  readonly log: Logger;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /**
   * Whether a registration that stands is renewed while a part is not ready, so that the node stays a
   * validator; default: it expires, as with the reference.
   */
  readonly renewsUnready?: boolean;
  /** Told in each epoch in which the network still knows a node that is leaving. */
  readonly onLeaving?: (progress: LeavingProgress) => void;
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
  /** The newest epoch. */
  #epoch: bigint | undefined;
  /** From this height on the node is to be registered anew; a failed attempt is repeated by the timer. */
  #dueHeight = Infinity;
  /** Why nothing is sent although it is due, as far as it was told. */
  #deferral: string | undefined;
  #toldLeaving: bigint | undefined;
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

  /** Resolves after the first registration with all parts ready. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** Resolves when the node was told to deregister and the network has forgotten it. */
  get deregistered(): Promise<void> {
    return this.#done.promise;
  }

  /** A part that wants a role. Registration waits for all of them, see also `renewsUnready`. */
  provide(role: number, runtimes?: () => readonly node.Runtime[]): RoleProvider {
    const provider = { role, isAvailable: false, ...(runtimes && { runtimes }) };
    this.#providers.push(provider);
    return provider;
  }

  /** A provider changed: registers anew at once. */
  changed(): void {
    this.#dueHeight = 0;
    this.#attempt();
  }

  /** After every block. */
  blockCommitted(): void {
    const { consensus, flag, keys } = this.#options;
    const { lastHeight } = consensus.backend.machine;
    // Before the first block nobody is registered, also who is going to be.
    if (lastHeight === 0) return;
    if (flag.get()) {
      const registered = this.#registeredNode();
      if (registered !== undefined) {
        this.#tellLeaving(registered);
        return;
      }
      flag.set(false);
      this.#options.log.info("the network does not know the node any more", { node_id: keys.node.publicKey });
      this.#done.resolve();
      return;
    }
    this.#lookAtEpoch();
    if (lastHeight >= this.#dueHeight) this.#attempt();
  }

  /** Once in each epoch: it can take several of them. */
  #tellLeaving({ expiration }: node.Node): void {
    const { epoch } = beaconApp.beaconQueries.epoch(this.#state());
    if (epoch === this.#toldLeaving) return;
    this.#toldLeaving = epoch;
    this.#options.log.info("waiting for the registration to expire", { epoch, expiration });
    this.#options.onLeaving?.({ epoch, expiration });
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

  /** Registrations are for an epoch: in the next one it is due again. */
  #lookAtEpoch(): void {
    const { log, random } = this.#options;
    const state = this.#state();
    const { epoch, height } = beaconApp.beaconQueries.epoch(state);
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#deferral = undefined;
    const delay = registrationDelay(beaconApp.beaconQueries.consensusParameters(state), random);
    this.#dueHeight = Math.min(this.#dueHeight, height + delay);
    log.debug("registration scheduled", { epoch, epoch_height: height, target_height: this.#dueHeight });
  }

  #registeredNode(): node.Node | undefined {
    try {
      return registryApp.registryQueries.node(this.#state(), this.#options.keys.node.publicKey);
    } catch (e) {
      if (isRefusal(e)) return undefined;
      throw e;
    }
  }

  /** What keeps the owner from having this node. */
  #ownershipProblem(): string | undefined {
    const { entityId, keys } = this.#options;
    if (entityId === undefined) return "the node has no owner";
    try {
      const { nodes } = registryApp.registryQueries.entity(this.#state(), entityId);
      return nodes?.includes(keys.node.publicKey) === true
        ? undefined
        : "the owning entity does not have the node in its node list";
    } catch (e) {
      if (isRefusal(e)) return "the owning entity does not exist";
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
    const epoch = this.#epoch;
    if (this.#stop.signal.aborted || this.#options.flag.get() || epoch === undefined) return;
    const isReady = this.#providers.length > 0 && this.#providers.every(({ isAvailable }) => isAvailable);
    const standing = isReady ? undefined : this.#renewable(epoch);
    if (!isReady && standing === undefined) return;
    const problem = this.#ownershipProblem();
    if (problem !== undefined) {
      this.#defer(problem);
      // As long as the owner does not know the node, every block is looked at again.
      this.#dueHeight = 0;
      return;
    }
    this.#isBusy = true;
    this.#dueHeight = Infinity;
    clearTimeout(this.#retry);
    void this.#register(epoch, standing).then(() => {
      this.#isBusy = false;
      if (!this.#isPending) return;
      this.#isPending = false;
      this.#attempt();
    });
  }

  /** Tells once an epoch why the node is not registered. */
  #defer(problem: string): void {
    const { entityId, keys, log } = this.#options;
    if (problem === this.#deferral) return;
    this.#deferral = problem;
    log.warn(`deferring registration: ${problem}`, { entity_id: entityId, node_id: keys.node.publicKey });
  }

  /** The node as it is registered, if that is to be renewed although a part is not ready. */
  #renewable(epoch: bigint): node.Node | undefined {
    if (this.#options.renewsUnready !== true) return undefined;
    const standing = this.#registeredNode();
    // Parts that come and go change nothing in it: once an epoch is enough.
    return standing !== undefined && standing.expiration < epoch + REGISTRATION_EPOCHS ? standing : undefined;
  }

  async #register(epoch: bigint, standing: node.Node | undefined): Promise<void> {
    const { consensus, keys, log } = this.#options;
    this.#lastAttempt = Date.now();
    try {
      const descriptor =
        standing === undefined ? this.#makeDescriptor(epoch) : { ...standing, expiration: epoch + REGISTRATION_EPOCHS };
      const call = { method: transaction.methods.registerNode.name, body: signDescriptor(keys, descriptor) };
      await consensus.submit(keys.node, call, this.#stop.signal);
      this.#lastError = undefined;
      this.#lastRegistration = Date.now();
      this.#descriptor = descriptor;
      this.#retryMs = MIN_RETRY_MS;
      log.info("node registered with the registry", { epoch });
      if (standing === undefined) this.#registered.resolve();
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
    const runtimes = this.#providers.flatMap((provider) => provider.runtimes?.() ?? []);
    if (roles === 0) throw refusal("registration: no roles to register for");
    if ((roles & registry.runtimesRequiredRoles(true)) !== 0 && runtimes.length === 0) {
      throw refusal("registration: no runtimes provided while runtimes are required");
    }
    const { p2pAddresses } = addresses;
    const needsAddresses = (roles & registry.CONSENSUS_ADDRESS_ROLES) !== 0;
    const consensusAddresses = needsAddresses ? this.#reachable(addresses.consensusAddresses) : [];
    const facts = {
      entityId: must(entityId),
      epoch,
      roles,
      runtimes,
      p2pAddresses,
      consensusAddresses,
      softwareVersion,
    };
    return nodeDescriptor(keys, facts);
  }

  /** The addresses that the registry takes; without any nobody is a validator. */
  #reachable(addresses: readonly node.ConsensusAddress[]): readonly node.ConsensusAddress[] {
    const { debugAllowUnroutableAddresses } = registryApp.parameters(this.#state());
    const reachable = addresses.filter(({ address, id }) => {
      try {
        registry.verifyAddress(address.ip, debugAllowUnroutableAddresses);
        return true;
      } catch (err) {
        const addr = node.formatConsensusAddress({ id, address });
        this.#options.log.warn("an address is not registered: others could not reach it", { addr, err: err as Error });
        return false;
      }
    });
    if (reachable.length > 0) return reachable;
    throw refusal("error gathering consensus addresses: worker/registration: node has no valid consensus addresses");
  }
}

function refusal(text: string): WadiError {
  return new WadiError({ module: "unknown", code: 1, text });
}
