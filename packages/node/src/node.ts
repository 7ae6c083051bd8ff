// A node that runs, as whoever started it sees it.
import type { Status } from "@wadi/api";
import type { StopReason } from "@wadi/comet";
import type { ConsensusBackend } from "@wadi/consensus";
import type { NodeIdentity } from "@wadi/crypto";
import type { Namespace } from "@wadi/types";
import { must } from "@wadi/util";
import type { ConsensusPort, RegistrationWorker, RuntimeWorker } from "@wadi/workers";

import type { NodeConsensus } from "./consensus/node-consensus.ts";
import type { Debugging } from "./debugging.ts";
import type { Readiness } from "./readiness.ts";
import type { ShutDown } from "./shut-down.ts";

export interface RunningNodeParts {
  readonly consensus: NodeConsensus;
  readonly workers: ReadonlyMap<Namespace, RuntimeWorker>;
  readonly registration: RegistrationWorker;
  readonly identity: NodeIdentity;
  readonly socket: string;
  /** Full names of those that the socket answers. */
  readonly methods: ReadonlySet<string>;
  readonly readiness: Readiness;
  readonly shutDown: ShutDown;
  readonly debugging: Debugging | undefined;
  readonly status: () => Status;
  /** Everything that runs, in the order in which it was started. */
  readonly resources: AsyncDisposableStack;
}

/** Made by `runNode`. */
export class RunningNode implements AsyncDisposable {
  readonly consensus: ConsensusPort;
  readonly backend: ConsensusBackend;
  readonly workers: ReadonlyMap<Namespace, RuntimeWorker>;
  readonly registration: RegistrationWorker;
  readonly identity: NodeIdentity;
  readonly socket: string;
  /** Full names of the methods that the socket answers. */
  readonly methods: ReadonlySet<string>;
  /** Resolves when all parts are ready; never where the node stops before that. */
  readonly ready: Promise<void>;
  /** Settles when the node cannot go on, and when it stopped making blocks by itself. */
  readonly stopped: Promise<StopReason>;
  readonly #parts: RunningNodeParts;
  #disposal: Promise<void> | undefined;

  constructor(parts: RunningNodeParts) {
    const { port, stopped } = parts.consensus;
    this.consensus = port;
    this.backend = port.backend;
    this.stopped = stopped;
    this.workers = parts.workers;
    this.registration = parts.registration;
    this.identity = parts.identity;
    this.socket = parts.socket;
    this.methods = parts.methods;
    this.ready = parts.readiness.ready;
    this.#parts = parts;
  }

  status(): Status {
    return this.#parts.status();
  }

  /** See `Debugging.setEpoch`. */
  async setEpoch(epoch: bigint): Promise<void> {
    await must(this.#parts.debugging, "no key to set epochs with").setEpoch(epoch);
  }

  /** Resolves when somebody asked the node to shut down and it is time to dispose of it. */
  get shutDownRequested(): Promise<void> {
    return this.#parts.shutDown.requested;
  }

  /** Resolves when nothing of the node runs any more and its data directory is free. */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#parts.resources.disposeAsync());
  }
}
