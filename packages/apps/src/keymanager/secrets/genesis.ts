// Import and export of statuses. Reference: go/consensus/cometbft/apps/keymanager/secrets/genesis.go, query.go.
import { events, type genesis, type Namespace, type secrets } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { parameters, setParameters, setStatus, statuses } from "./state.ts";

/** Statuses of runtimes that the chain does not start with are dropped, those of suspended ones too. */
export function initChain(
  ctx: Context,
  { keymanager: { params, statuses: imported } }: genesis.Document,
  keyManagers: ReadonlySet<Namespace>,
): void {
  setParameters(ctx, params);
  const known: secrets.Status[] = [];
  for (const [index, status] of imported.entries()) {
    const { id, nodes } = status;
    if (!keyManagers.has(id)) continue;
    if (nodes !== null) {
      refusePlain(`keymanager.statuses[${index}].nodes: a genesis status has no committee`, { runtime: id, nodes });
    }
    setStatus(ctx.state, status);
    known.push(status);
  }
  if (known.length > 0) ctx.emit(events.eventKinds.keymanagerStatus, { statuses: known });
}

/** The committees are left out: nodes have to register again. */
export function exportGenesis(state: State): secrets.Genesis {
  return { params: parameters(state), statuses: statuses(state).map((status) => ({ ...status, nodes: null })) };
}
