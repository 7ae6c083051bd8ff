// News of the runtime's key manager: its status and the policy for its quotes
// (go/runtime/registry/notifier_policy.go).
import type { BodyValue, Timers } from "@wadi/runtime-protocol";
import type { quote, secrets } from "@wadi/types";
import type { RuntimeCaller } from "../rhp/runtime-caller.ts";
import { systemTimers } from "../rhp/system-timers.ts";
import { NOTIFY_TIMEOUT_MS, type NotificationQueue } from "./notification-queue.ts";

const TRIES = 16;
const RETRY_MS = 1000;

/** Keeps the latest status and policy, and tells them again to runtimes that have restarted. */
export class KeyManagerNews {
  readonly #queue: NotificationQueue;
  readonly #timers: Timers;
  #status: secrets.Status | undefined;
  #policy: quote.Policy | undefined;

  constructor(queue: NotificationQueue, timers: Timers = systemTimers) {
    this.#queue = queue;
    this.#timers = timers;
  }

  /** The key manager's status has changed. */
  status(status: secrets.Status): void {
    this.#status = status;
    this.#pushStatus(status);
  }

  /** Another version of the key manager is in force, whose quotes have this policy. */
  quotePolicy(policy: quote.Policy): void {
    this.#policy = policy;
    this.#pushPolicy(policy);
  }

  /** RONL has started or attested again: what it was told before is lost. */
  restarted(): void {
    if (this.#status !== undefined) this.#pushStatus(this.#status);
    if (this.#policy !== undefined) this.#pushPolicy(this.#policy);
  }

  #pushStatus(status: secrets.Status): void {
    this.#queue.pushToAll("key-manager/status", (runtime, signal) =>
      this.#tell(runtime, "RuntimeKeyManagerStatusUpdateRequest", { status }, signal),
    );
  }

  #pushPolicy(policy: quote.Policy): void {
    this.#queue.pushToAll("key-manager/quote-policy", (runtime, signal) =>
      this.#tell(runtime, "RuntimeKeyManagerQuotePolicyUpdateRequest", { policy }, signal),
    );
  }

  async #tell<R extends "RuntimeKeyManagerStatusUpdateRequest" | "RuntimeKeyManagerQuotePolicyUpdateRequest">(
    runtime: RuntimeCaller,
    type: R,
    value: BodyValue<R>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await runtime.request(type, value, { timeoutMs: NOTIFY_TIMEOUT_MS, signal });
        return;
      } catch (e) {
        if (tries === TRIES) throw e;
        await this.#pause(signal);
      }
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const over = Promise.withResolvers<void>();
    const onAbort = (): void => over.reject(signal.reason);
    const cancel = this.#timers.after(RETRY_MS, over.resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await over.promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }
}
