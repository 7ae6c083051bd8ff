// What others ask about secrets at some height. What is not there is refused as in the service.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/query.go.
import { secrets, type Namespace } from "@wadi/types";

import { refuse } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import * as stored from "./state.ts";

export { exportGenesis as genesis } from "./genesis.ts";
export { parameters as consensusParameters, statuses } from "./state.ts";

/** Refuses with (`keymanager`, 2). */
export function status(state: State, runtime: Namespace): secrets.Status {
  return stored.status(state, runtime) ?? refuse(secrets.ErrNoSuchStatus, "no status", { runtime });
}

/** Refuses with (`keymanager`, 3). */
export function masterSecret(state: State, runtime: Namespace): secrets.SignedEncryptedMasterSecret {
  return stored.masterSecret(state, runtime) ?? refuse(secrets.ErrNoSuchMasterSecret, "none proposed", { runtime });
}

/** Refuses with (`keymanager`, 4). */
export function ephemeralSecret(state: State, runtime: Namespace): secrets.SignedEncryptedEphemeralSecret {
  const found = stored.ephemeralSecret(state, runtime);
  return found ?? refuse(secrets.ErrNoSuchEphemeralSecret, "none published", { runtime });
}
