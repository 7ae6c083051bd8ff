// The scheduler: elections of validators and committees. It has no methods.
// Reference: go/consensus/cometbft/apps/scheduler.
import { events, type registry } from "@wadi/types";

import type { Application } from "../framework/application.ts";
import { electIfDue } from "./elect.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import { updateValidators } from "./validator-updates.ts";

export interface SchedulerOptions {
  /** Verifies the quotes in attestations of nodes of TEE runtimes. */
  readonly quotes: registry.QuoteVerifier;
}

export function schedulerApplication({ quotes }: SchedulerOptions): Application {
  return {
    name: events.appNames.scheduler,
    module: "scheduler",
    keys,
    subscriptions,
    initChain,
    beginBlock: (ctx) => electIfDue(ctx, quotes),
    endBlock: updateValidators,
    exportGenesis,
  };
}
