// Methods of the beacon. Which exist depends on the backend; those that do not fail as unknown
// errors, not as unknown methods. Reference: go/consensus/cometbft/apps/beacon/beacon.go (ExecuteTx).
import { transaction } from "@wadi/types";

import { decodeMethodBody, type MethodHandler } from "../framework/application.ts";
import { refusePlain } from "../framework/errors.ts";
import { backendOf } from "./backends.ts";
import { parameters } from "./state.ts";

const PRIORITY = 100_000;

const { setEpoch, vrfProve } = transaction.methods;

export const methods: readonly MethodHandler[] = [
  {
    name: vrfProve.name,
    priority: PRIORITY,
    execute(ctx, tx) {
      const current = parameters(ctx.state);
      const { prove } = backendOf(current);
      if (prove === undefined) refusePlain(`the ${current.backend} beacon takes no VRF proofs`);
      prove(ctx, current, tx);
    },
  },
  {
    name: setEpoch.name,
    priority: PRIORITY,
    /** Also CheckTx and simulation run it whole. */
    execute(ctx, tx) {
      const current = parameters(ctx.state);
      if (!current.debugMockBackend) refusePlain("epochs cannot be set without mock time keeping");
      backendOf(current).setEpoch(ctx, decodeMethodBody(setEpoch, tx.body));
    },
  },
];
