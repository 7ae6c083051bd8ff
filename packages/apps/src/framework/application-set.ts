// The applications of a network, joined: order of hooks, methods by name, the bus, the keys.
// Reference: go/consensus/cometbft/abci/mux.go (doRegister, resolveAppForMethod).
import type { transaction } from "@wadi/types";

import type { Application, MethodHandler } from "./application.ts";
import type { Context } from "./context.ts";
import { coreKeys } from "./core-state.ts";
import { refusePlain } from "./errors.ts";
import { MessageBus, subscribe } from "./messages.ts";
import { StateSchema } from "./state-schema.ts";
import { MAX_SUBCALL_DEPTH, executeSubcall, type Subcall } from "./system-messages.ts";

export class ApplicationSet {
  /** In order of names, which is the order of hooks. */
  readonly ordered: readonly Application[];
  readonly bus = new MessageBus();
  readonly schema: StateSchema;
  /** Kinds of events that the events root covers. */
  readonly provable: ReadonlySet<unknown>;
  readonly #methods = new Map<string, { readonly app: Application; readonly handler: MethodHandler }>();

  /** In order of registration, which is the order of subscribers. */
  constructor(applications: readonly Application[]) {
    this.ordered = applications.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.schema = new StateSchema([{ name: "consensus", keys: coreKeys }, ...applications]);
    this.provable = new Set(applications.flatMap((app) => app.provableEvents ?? []));
    this.bus.add(subscribe(executeSubcall, (ctx, call) => this.#subcall(ctx, call)));
    const names = new Set<string>();
    for (const app of applications) {
      if (names.has(app.name)) throw new RangeError(`application ${app.name} is registered twice`);
      names.add(app.name);
      for (const handler of app.methods ?? []) {
        if (this.#methods.has(handler.name)) throw new RangeError(`method ${handler.name} is registered twice`);
        this.#methods.set(handler.name, { app, handler });
      }
      const { isEnabled } = app;
      for (const subscription of app.subscriptions ?? []) this.bus.add(subscription, isEnabled?.bind(app));
    }
  }

  /** The handler of a method; a method of a disabled application does not exist. */
  resolve(ctx: Context, method: string): MethodHandler {
    const found = this.#methods.get(method);
    if (found === undefined || found.app.isEnabled?.(ctx) === false) refusePlain(`unknown method: ${method}`);
    return found.handler;
  }

  #subcall(ctx: Context, { caller, method, body }: Subcall): true {
    if (ctx.callDepth > MAX_SUBCALL_DEPTH) refusePlain("call depth exceeded");
    ctx.asCaller(caller, (named) =>
      named.atomically((inner) => {
        const call: transaction.Transaction = { nonce: 0n, fee: null, method, body };
        const handler = this.resolve(inner, method);
        inner.priority = handler.priority;
        handler.execute(inner, call);
      }),
    );
    return true;
  }
}
