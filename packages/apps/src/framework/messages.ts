// The bus by which applications call each other without knowing each other.
// Reference: go/consensus/cometbft/abci/messages.go.
import { AssertionError } from "@wadi/util";

import type { Context } from "./context.ts";
import { NoSubscribersError, isRefusal, reasonOf } from "./errors.ts";

declare const types: unique symbol;

/** What a message is about: `D` is its data, `R` what the one subscriber that takes it answers. */
export interface MessageKind<D, R = void> {
  /** `publisher/message`. */
  readonly name: string;
  readonly [types]?: (data: D) => R;
}

/** Declares a kind; kinds are told apart by identity. */
export function messageKind<D, R = void>(name: string): MessageKind<D, R> {
  return Object.freeze({ name });
}

/** What an application does on a message. Undefined means "not for me"; it refuses by throwing. */
export interface Subscription {
  readonly kind: MessageKind<unknown, unknown>;
  handle(ctx: Context, data: unknown): unknown;
}

export function subscribe<D, R>(
  kind: MessageKind<D, R>,
  handle: (ctx: Context, data: D) => R | undefined,
): Subscription {
  return { kind: kind as MessageKind<unknown, unknown>, handle: handle as Subscription["handle"] };
}

interface Subscriber {
  readonly isEnabled: ((ctx: Context) => boolean) | undefined;
  handle(ctx: Context, data: unknown): unknown;
}

/** Delivers a message to all subscribers of its kind, in order of subscription. */
export class MessageBus {
  readonly #subscribers = new Map<MessageKind<unknown, unknown>, Subscriber[]>();

  add(subscription: Subscription, isEnabled?: (ctx: Context) => boolean): void {
    const { kind, handle } = subscription;
    const subscribers = this.#subscribers.get(kind) ?? [];
    this.#subscribers.set(kind, [...subscribers, { isEnabled, handle }]);
  }

  /**
   * The answer of the subscriber that took the message, undefined if none did. Every subscriber
   * is called, also after one refused; then all refusals are thrown joined. Throws
   * NoSubscribersError if no enabled application subscribes.
   */
  publish<D, R>(ctx: Context, kind: MessageKind<D, R>, data: D): R | undefined {
    const refusals: unknown[] = [];
    let result: unknown;
    let delivered = 0;
    for (const { isEnabled, handle } of this.#subscribers.get(kind as MessageKind<unknown, unknown>) ?? []) {
      try {
        if (isEnabled !== undefined && !isEnabled(ctx)) continue;
        delivered++;
        const answer = handle(ctx, data);
        if (answer === undefined) continue;
        if (result !== undefined) throw new AssertionError(`${kind.name}: more than one answer`);
        result = answer;
      } catch (e) {
        if (!isRefusal(e)) throw e;
        refusals.push(e);
      }
    }
    if (refusals.length === 1) throw refusals[0];
    if (refusals.length > 1) throw new AggregateError(refusals, refusals.map(reasonOf).join("\n"));
    if (delivered === 0) throw new NoSubscribersError(kind.name);
    return result as R | undefined;
  }
}
