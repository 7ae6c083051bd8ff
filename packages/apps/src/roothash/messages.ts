// What roothash does on messages of other applications.
// Reference: go/consensus/cometbft/apps/roothash/roothash.go (ExecuteMessage), messages.go.
import { registry, roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages } from "../message-kinds.ts";
import { parameterChanges } from "../parameter-changes.ts";
import { runtimes } from "../registry/state.ts";
import { evaluateLiveness } from "./liveness.ts";
import { startRuntime } from "./new-runtime.ts";
import { parameterRules } from "./parameters.ts";
import { parameters, runtimeState } from "./state.ts";

/** In InitChain runtimes are started from the document instead. */
function onNewRuntime(ctx: Context, runtime: registry.Runtime): undefined {
  if (!ctx.isInitChain) startRuntime(ctx, runtime);
}

/** A descriptor may not ask for more messages than the parameters allow; `roothash` 7 and 13. */
function onRuntimeUpdated(ctx: Context, { executor, txnScheduler }: registry.Runtime): undefined {
  if (ctx.isInitChain) return;
  const { maxRuntimeMessages, maxInRuntimeMessages } = parameters(ctx.state);
  if (executor.maxMessages > maxRuntimeMessages) {
    refuse(roothash.ErrMaxMessagesTooBig, "executor.max_messages above max_runtime_messages", {
      maxMessages: executor.maxMessages,
      maxRuntimeMessages,
    });
  }
  if (txnScheduler.maxInMessages > maxInRuntimeMessages) {
    refuse(roothash.ErrMaxInMessagesTooBig, "txn_scheduler.max_in_messages above max_in_runtime_messages", {
      maxInMessages: txnScheduler.maxInMessages,
      maxInRuntimeMessages,
    });
  }
}

/** Nodes that were not live must not be elected again. */
function onBeforeSchedule(ctx: Context, epoch: bigint): undefined {
  for (const { id, kind } of runtimes(ctx.state)) {
    if (kind === registry.runtimeKinds.compute) evaluateLiveness(ctx, epoch, runtimeState(ctx.state, id));
  }
}

const nothing = (): undefined => undefined;

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.newRuntimeRegistered, onNewRuntime),
  subscribe(messages.runtimeUpdated, onRuntimeUpdated),
  subscribe(messages.runtimeResumed, nothing),
  subscribe(messages.runtimeNoop, nothing),
  subscribe(messages.beforeSchedule, onBeforeSchedule),
  ...parameterChanges(parameterRules),
];
