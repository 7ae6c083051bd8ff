// News on their way to components (go/runtime/registry/notifier.go): for each component and kind of
// news one delivery at a time and one that waits, which the newest replaces. So nothing piles up
// behind a component that is slow, and no kind of news waits for another.
import { formatComponentId, type ComponentId } from "../bundle/component-id.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { errorText } from "../rhp/errors.ts";
import type { RuntimeCaller } from "../rhp/runtime-caller.ts";

/** How long a component may take for one piece of news. */
export const NOTIFY_TIMEOUT_MS = 10_000;

export type NotificationKind =
  | "key-manager/status"
  | "key-manager/quote-policy"
  | "consensus-sync"
  | "rofl/block"
  | "rofl/tags"
  | "rofl/config";

/** Delivers one piece of news; what it throws is logged. */
export type Delivery = (runtime: RuntimeCaller, signal: AbortSignal) => Promise<void>;

/** The components that there are now. */
export interface NotifiedComponents {
  readonly components: readonly ComponentId[];
  component(id: ComponentId): RuntimeCaller | undefined;
}

interface Lane {
  waiting: Delivery | undefined;
}

export class NotificationQueue implements AsyncDisposable {
  readonly #host: NotifiedComponents;
  readonly #log: HostLog;
  readonly #lanes = new Map<string, Lane>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #aborter = new AbortController();

  constructor(host: NotifiedComponents, log: HostLog = silentLog) {
    this.#host = host;
    this.#log = log;
  }

  get components(): readonly ComponentId[] {
    return this.#host.components;
  }

  /** Delivers as soon as the previous news of this kind is through; replaces what waits. */
  push(component: ComponentId, kind: NotificationKind, delivery: Delivery): void {
    if (this.#aborter.signal.aborted) return;
    const key = `${formatComponentId(component)} ${kind}`;
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.waiting = delivery;
      return;
    }
    const opened: Lane = { waiting: delivery };
    this.#lanes.set(key, opened);
    const emptied = this.#empty(component, kind, opened).finally(() => {
      this.#lanes.delete(key);
      this.#deliveries.delete(emptied);
    });
    this.#deliveries.add(emptied);
  }

  /** The same news for every component. */
  pushToAll(kind: NotificationKind, delivery: Delivery): void {
    for (const component of this.components) this.push(component, kind, delivery);
  }

  async #empty(component: ComponentId, kind: NotificationKind, lane: Lane): Promise<void> {
    const { signal } = this.#aborter;
    while (lane.waiting !== undefined && !signal.aborted) {
      const delivery = lane.waiting;
      lane.waiting = undefined;
      const runtime = this.#host.component(component);
      if (runtime === undefined) return;
      try {
        await delivery(runtime, signal);
      } catch (e) {
        if (signal.aborted) return;
        const fields = { component_id: formatComponentId(component), queue: kind, err: errorText(e) };
        this.#log.warn("failed to notify runtime component", fields);
      }
    }
  }

  /** Aborts what is being delivered and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborter.abort(new Error("notifications are stopping"));
    await Promise.allSettled(this.#deliveries);
  }
}
