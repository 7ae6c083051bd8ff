// The vault application. Reference: go/consensus/cometbft/apps/vault/vault.go.
import { events, transaction, vault } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import { parameters } from "./state.ts";
import { authorizeAction, cancelAction, create } from "./transactions.ts";

const { methods } = transaction;
const options = { priority: 5000, invalidBody: vault.ErrInvalidArgument } as const;

export function vaultApplication(): Application {
  return {
    name: events.appNames.vault,
    module: "vault",
    keys,
    isEnabled: (ctx) => parameters(ctx.state).enabled,
    methods: [
      handle(methods.vaultCreate, options, create),
      handle(methods.vaultAuthorizeAction, options, authorizeAction),
      handle(methods.vaultCancelAction, options, cancelAction),
    ],
    subscriptions,
    initChain,
    exportGenesis: (state) => ({ vault: exportGenesis(state) }),
  };
}
