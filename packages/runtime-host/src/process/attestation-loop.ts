// Attesting a component when it starts, and again from time to time.
// Reference: go/runtime/host/sgx/common/worker.go.
import type { Timers } from "@wadi/runtime-protocol";
import type { node } from "@wadi/types";

import type { HostLog } from "../logs/host-log.ts";
import type { RuntimeConnection } from "../rhp/connect-runtime.ts";
import { errorText, plainError } from "../rhp/errors.ts";

/** How a component proves what it is. */
export interface Attestation {
  /** The whole sequence, up to the accepted quote. */
  attest(connection: RuntimeConnection, signal: AbortSignal): Promise<node.CapabilityTEE>;
  /** Between attestations that succeed. Default: 2 hours. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 2 * 3_600_000;
/** For the first attestation, with everything before the component can be used. */
const FIRST_TIMEOUT_MS = 2 * 60_000;
const TIMEOUT_MS = 5 * 60_000;
/** The first pause after a failure; it doubles. */
const RETRY_MS = 1000;

export class AttestationLoop {
  readonly #connection: RuntimeConnection;
  readonly #attestation: Attestation;
  readonly #timers: Timers;
  readonly #log: HostLog;
  readonly #stopped = new AbortController();
  #cancel: (() => void) | undefined;
  #onRenewed: ((capability: node.CapabilityTEE) => void) | undefined;
  #isBusy = false;
  /** It was asked for again while it was busy. */
  #isWanted = false;

  constructor(connection: RuntimeConnection, attestation: Attestation, timers: Timers, log: HostLog) {
    this.#connection = connection;
    this.#attestation = attestation;
    this.#timers = timers;
    this.#log = log;
  }

  /** Rejects with the reason that the component cannot be used. */
  async first(signal: AbortSignal): Promise<node.CapabilityTEE> {
    try {
      return await this.#attest(FIRST_TIMEOUT_MS, signal);
    } catch (e) {
      throw plainError(`failed to initialize connection: failed to initialize TEE: ${errorText(e)}`, e);
    }
  }

  /** Renews the attestation from now on, until `stop`. */
  begin(onRenewed: (capability: node.CapabilityTEE) => void): void {
    this.#onRenewed = onRenewed;
    this.#schedule(this.#attestation.intervalMs ?? INTERVAL_MS, RETRY_MS);
  }

  /** Attests at once. */
  renew(): void {
    if (this.#onRenewed === undefined) return;
    if (this.#isBusy) this.#isWanted = true;
    else this.#schedule(0, RETRY_MS);
  }

  stop(): void {
    this.#cancel?.();
    this.#onRenewed = undefined;
    this.#stopped.abort(plainError("runtime stopped"));
  }

  #schedule(delayMs: number, retryMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#timers.after(delayMs, () => void this.#renewNow(retryMs));
  }

  async #renewNow(retryMs: number): Promise<void> {
    const intervalMs = this.#attestation.intervalMs ?? INTERVAL_MS;
    this.#isBusy = true;
    let pauseMs = intervalMs;
    let nextRetryMs = RETRY_MS;
    try {
      const capability = await this.#attest(TIMEOUT_MS, this.#stopped.signal);
      this.#onRenewed?.(capability);
    } catch (e) {
      if (this.#stopped.signal.aborted) return;
      this.#log.error("failed to regenerate CapabilityTEE", { err: errorText(e) });
      pauseMs = retryMs;
      nextRetryMs = Math.min(2 * retryMs, intervalMs);
    } finally {
      this.#isBusy = false;
    }
    if (this.#stopped.signal.aborted) return;
    this.#schedule(this.#isWanted ? 0 : pauseMs, nextRetryMs);
    this.#isWanted = false;
  }

  async #attest(timeoutMs: number, signal: AbortSignal): Promise<node.CapabilityTEE> {
    const limit = new AbortController();
    const cancel = this.#timers.after(timeoutMs, () => limit.abort(plainError("context deadline exceeded")));
    try {
      return await this.#attestation.attest(this.#connection, AbortSignal.any([signal, limit.signal]));
    } finally {
      cancel();
    }
  }
}
