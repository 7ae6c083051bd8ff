// Import and export of both parts of the key manager.
// Reference: go/consensus/cometbft/apps/keymanager/genesis.go, go/consensus/cometbft/keymanager/keymanager.go.
import type { genesis, keymanager } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import * as churpGenesis from "./churp/genesis.ts";
import { genesisKeyManagers } from "./genesis-runtimes.ts";
import * as secretsGenesis from "./secrets/genesis.ts";

/** Refusals name the member. */
export function initChain(ctx: Context, document: genesis.Document): void {
  const keyManagers = genesisKeyManagers(ctx, document);
  secretsGenesis.initChain(ctx, document, keyManagers);
  churpGenesis.initChain(ctx, document, keyManagers);
}

/** The section that would start a chain from this state. */
export function exportGenesis(state: State): keymanager.Genesis {
  return { ...secretsGenesis.exportGenesis(state), churp: churpGenesis.exportGenesis(state) };
}
