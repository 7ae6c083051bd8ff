// Proves the node's share of the random beacon in every epoch: carries out what `decideVrf`
// decides. Reference: go/worker/beacon/worker_vrf.go, tx_retry.go.
import { encodeCbor } from "@wadi/codec";
import type { PublicKey, VrfSigner } from "@wadi/crypto";
import { beacon, transaction } from "@wadi/types";

import { backoffDelays, defaultBackoff } from "../submission/backoff.ts";
import type { Call, SubmissionPorts } from "../submission/own-transactions.ts";
import { NO_VRF_DUTY, decideVrf, type VrfDuty, type VrfTask } from "./vrf-duty.ts";

export interface VrfWorkerPorts extends Pick<SubmissionPorts, "sleep" | "random"> {
  /** The round in the last committed state. */
  round(): beacon.VRFState | undefined;
  /** Resolves when a transaction of the node is in a block. */
  submit(call: Call, signal: AbortSignal): Promise<void>;
  /** A failed attempt; `willRetry` unless the worker gave up. */
  onFailure?(error: unknown, epoch: bigint, willRetry: boolean): void;
}

export interface VrfWorkerOptions {
  /** The node's ID, under which proofs are kept. */
  readonly node: PublicKey;
  readonly signer: VrfSigner;
}

export class VrfWorker implements AsyncDisposable {
  readonly #ports: VrfWorkerPorts;
  readonly #options: VrfWorkerOptions;
  readonly #running = new Set<Promise<void>>();
  #duty: VrfDuty = NO_VRF_DUTY;
  /** Of the submission that is going on. */
  #submission: AbortController | undefined;
  #isStopped = false;

  constructor(ports: VrfWorkerPorts, options: VrfWorkerOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** A block is committed; called for every one, and once at the start with the last height. */
  blockCommitted(height: number): void {
    if (this.#isStopped) return;
    const { node } = this.#options;
    const decision = decideVrf(this.#duty, { height, node, round: this.#ports.round() });
    this.#duty = decision.duty;
    if (decision.cancel) this.#cancel();
    if (decision.task !== undefined) this.#start(decision.task);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await Promise.all(this.#running);
  }

  #cancel(): void {
    this.#submission?.abort(new Error("the VRF round is over"));
    this.#submission = undefined;
  }

  #start(task: VrfTask): void {
    this.#cancel();
    this.#submission = new AbortController();
    const run = this.#submit(task, this.#submission.signal).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #call(alpha: Uint8Array, epoch: bigint): Call | undefined {
    try {
      const pi = this.#options.signer.prove(alpha);
      return { method: transaction.methods.vrfProve.name, body: encodeCbor(beacon.VRFProve, { epoch, pi }) };
    } catch (e) {
      this.#ports.onFailure?.(e, epoch, false);
      return undefined;
    }
  }

  /** Tries until it succeeds, the epoch is over, or the signal comes. Never rejects. */
  async #submit({ alpha, epoch }: VrfTask, signal: AbortSignal): Promise<void> {
    const call = this.#call(alpha, epoch);
    if (call === undefined) return;
    for (const delayMs of backoffDelays(defaultBackoff, () => this.#ports.random())) {
      try {
        return await this.#ports.submit(call, signal);
      } catch (e) {
        const willRetry = !signal.aborted;
        this.#ports.onFailure?.(e, epoch, willRetry);
        if (!willRetry) return;
      }
      try {
        await this.#ports.sleep(delayMs, signal);
      } catch {
        return;
      }
      if (this.#ports.round()?.epoch !== epoch) return;
    }
  }
}
