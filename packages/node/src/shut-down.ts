// How a node goes when somebody asks it to: it leaves the registry first, as others count on it until
// its registration expires. Reference: go/oasis-node/cmd/node/node_control.go (RequestShutdown).
import { schedulerApp } from "@wadi/apps";
import type { ConsensusBackend } from "@wadi/consensus";
import type { Logger } from "@wadi/telemetry";
import { departure } from "@wadi/worker-core";
import type { RegistrationWorker } from "@wadi/workers";

export interface ShutDownParts {
  readonly backend: ConsensusBackend;
  readonly registration: Pick<RegistrationWorker, "deregister" | "deregistered">;
  readonly log: Logger;
}

export class ShutDown {
  readonly #parts: ShutDownParts;
  readonly #deregisters: boolean;
  readonly #requested = Promise.withResolvers<void>();

  /** `deregisters`: whether the node is registered and has to be forgotten before it stops. */
  constructor(parts: ShutDownParts, deregisters: boolean) {
    this.#parts = parts;
    this.#deregisters = deregisters;
    // It may have been told to leave in an earlier run.
    void parts.registration.deregistered.then(() => this.#requested.resolve());
  }

  /** Resolves when it is time to dispose of the node. */
  get requested(): Promise<void> {
    return this.#requested.promise;
  }

  /**
   * Leaves the registry, which takes until the registration expires; whoever runs the node then stops
   * it. Rejects where the wish to leave cannot be kept on the disk; the node goes on then.
   */
  async request(): Promise<void> {
    const { backend, log, registration } = this.#parts;
    const decision = departure({
      deregisters: this.#deregisters,
      hasBlocks: backend.machine.lastHeight > 0,
      isOnlyValidator: this.#isOnlyValidator,
    });
    switch (decision) {
      case "deregister":
        registration.deregister();
        await registration.deregistered;
        break;
      case "stop-without-blocks":
        log.warn("not deregistering: the node has no block of the chain, so nothing can be said to the network");
        break;
      case "stop-only-validator":
        log.warn("not deregistering: the network has no other validator and would stand still");
        break;
      case "stop":
        break;
    }
    this.#requested.resolve();
  }

  get #isOnlyValidator(): boolean {
    const { machine } = this.#parts.backend;
    if (machine.lastHeight === 0) return false;
    const validators = schedulerApp.schedulerQueries.validators(machine.stateAt(0));
    return validators.length === 1 && this.#parts.backend.status().isValidator;
  }
}
