// The registry: entities, their nodes, and runtimes. Reference: go/consensus/cometbft/apps/registry/registry.go.
import { events, registry, transaction } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { beginBlock } from "./block.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import { deregisterEntity, registerEntity } from "./transactions/entities.ts";
import { registerNode, unfreezeNode } from "./transactions/nodes.ts";
import { proveFreshness } from "./transactions/prove-freshness.ts";
import { registerRuntime } from "./transactions/runtimes.ts";

const { methods } = transaction;
const options = { priority: 50_000, invalidBody: registry.ErrInvalidArgument } as const;
/** Networks stop without nodes. */
const nodeOptions = { ...options, priority: 60_000 } as const;

export interface RegistryOptions {
  /** Verifies the quotes in attestations of nodes. */
  readonly quotes: registry.QuoteVerifier;
}

export function registryApplication({ quotes }: RegistryOptions): Application {
  return {
    name: events.appNames.registry,
    module: "registry",
    keys,
    methods: [
      handle(methods.registerEntity, options, registerEntity),
      handle(methods.deregisterEntity, options, deregisterEntity),
      handle(methods.registerNode, nodeOptions, (ctx, signed) => registerNode(ctx, signed, quotes)),
      handle(methods.unfreezeNode, options, unfreezeNode),
      handle(methods.registerRuntime, options, (ctx, next) => void registerRuntime(ctx, next)),
      handle(methods.proveFreshness, options, proveFreshness),
    ],
    subscriptions,
    initChain: (ctx, document) => initChain(ctx, document, quotes),
    beginBlock,
    exportGenesis: (state) => ({ registry: exportGenesis(state) }),
  };
}
