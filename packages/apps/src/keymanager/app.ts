// The key manager: master and ephemeral secrets, and CHURP.
// Reference: go/consensus/cometbft/apps/keymanager/keymanager.go.
import { consensus, events, secrets, transaction, type registry } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { beginBlock } from "./block.ts";
import { applyForHandoff, confirmHandoff } from "./churp/transactions/handoffs.ts";
import { createScheme, updateScheme } from "./churp/transactions/schemes.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { publishEphemeralSecret, publishMasterSecret, updatePolicy } from "./secrets/transactions.ts";

const { methods } = transaction;
const priority = 50_000;
const secretsOptions = { priority, invalidBody: secrets.ErrInvalidArgument } as const;
const churpOptions = { priority, invalidBody: consensus.ErrInvalidArgument } as const;

export interface KeyManagerOptions {
  /** Verifies the quotes in attestations of nodes. */
  readonly quotes: registry.QuoteVerifier;
}

/** Governance cannot change its parameters: it takes no proposals. */
export function keymanagerApplication({ quotes }: KeyManagerOptions): Application {
  return {
    name: events.appNames.keymanager,
    module: "keymanager",
    keys,
    methods: [
      handle(methods.updatePolicy, secretsOptions, (ctx, signed) => updatePolicy(ctx, signed, quotes)),
      handle(methods.publishMasterSecret, secretsOptions, publishMasterSecret),
      handle(methods.publishEphemeralSecret, secretsOptions, publishEphemeralSecret),
      handle(methods.churpCreate, churpOptions, createScheme),
      handle(methods.churpUpdate, churpOptions, updateScheme),
      handle(methods.churpApply, churpOptions, applyForHandoff),
      handle(methods.churpConfirm, churpOptions, confirmHandoff),
    ],
    initChain,
    beginBlock: (ctx) => beginBlock(ctx, quotes),
    exportGenesis: (state) => ({ keymanager: exportGenesis(state) }),
  };
}
