// What others ask about schemes at some height. What is not there is refused as in the service.
// Reference: go/consensus/cometbft/apps/keymanager/churp/query.go.
import { churp } from "@wadi/types";

import { refuse } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import * as stored from "./state.ts";

export { exportGenesis as genesis } from "./genesis.ts";
export { allStatuses, parameters as consensusParameters, statuses } from "./state.ts";

/** Refuses with (`keymanager/churp`, 1). */
export function status(state: State, identity: churp.Identity): churp.Status {
  const { runtimeId: runtime, id } = identity;
  return stored.status(state, identity) ?? refuse(churp.ErrNoSuchStatus, "no such scheme", { runtime, id });
}
