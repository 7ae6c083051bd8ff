// The beacon: time and randomness, before all other applications.
// Reference: go/consensus/cometbft/apps/beacon.
import { events } from "@wadi/types";

import type { Application } from "../framework/application.ts";
import { backendOf } from "./backends.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { parameters } from "./state.ts";
import { methods } from "./transactions.ts";

export function beaconApplication(): Application {
  return {
    name: events.appNames.beacon,
    module: "beacon",
    keys,
    methods,
    initChain,
    beginBlock(ctx) {
      const current = parameters(ctx.state);
      backendOf(current).beginBlock(ctx, current);
    },
    exportGenesis,
  };
}
