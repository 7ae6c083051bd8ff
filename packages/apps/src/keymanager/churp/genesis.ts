// Import and export of schemes. Reference: go/consensus/cometbft/apps/keymanager/churp/genesis.go.
import { events, type churp, type genesis, type Namespace } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { areHandoffsDisabled, HANDOFFS_DISABLED, resetHandoff } from "./handoff.ts";
import { allStatuses, parameters, setParameters, setStatus } from "./state.ts";

/** Parameters of a new network and of one that comes from before CHURP. */
export const DEFAULT_PARAMETERS: churp.ConsensusParameters = {
  gasCosts: new Map(["create", "update", "apply", "confirm"].map((op) => [op, 1000n])),
};

/**
 * Schemes start without applications. As in the reference, parameters of the document do not
 * count, and the next handoff is the epoch after the invalid one that is current before the first
 * block: epoch 0, so that a scheme rests until its interval is set to 0 and back.
 */
export function initChain(
  ctx: Context,
  { keymanager: { churp: section } }: genesis.Document,
  keyManagers: ReadonlySet<Namespace>,
): void {
  if (section === null) return;
  setParameters(ctx, DEFAULT_PARAMETERS);
  const firstHandoff = BigInt.asUintN(64, ctx.currentEpoch() + 1n);
  for (const [index, imported] of section.statuses.entries()) {
    const { runtimeId } = imported;
    if (!keyManagers.has(runtimeId)) {
      const path = `keymanager.churp.statuses[${index}].runtime_id`;
      refusePlain(`${path}: no active key manager runtime ${runtimeId}`, { runtime: runtimeId });
    }
    const status = resetHandoff(imported, areHandoffsDisabled(imported) ? HANDOFFS_DISABLED : firstHandoff);
    setStatus(ctx.state, status);
    ctx.emit(events.eventKinds.churpUpdate, { status });
  }
}

/** What is under way is left out. */
export function exportGenesis(state: State): churp.Genesis {
  return {
    params: parameters(state),
    statuses: allStatuses(state).map((status) => resetHandoff(status, HANDOFFS_DISABLED)),
  };
}
