// Questions about epochs that look at more than one value or height.
// Reference: go/consensus/cometbft/beacon/beacon.go (GetNextEpoch, GetEpochBlock).
import { beaconQueries } from "../beacon/queries.ts";
import { refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import type { QueryBackend } from "./query.ts";

/** Halvings; the search then gives up, as the reference's does. */
const MAX_STEPS = 20;

/** The epoch of the next height, `height` being that of the state. */
export function nextEpoch(state: State, height: number): bigint {
  const future = beaconQueries.futureEpoch(state);
  return future?.height === height + 1 ? future.epoch : beaconQueries.epoch(state).epoch;
}

/** The height at which an epoch began; refuses with (`unknown`, 1) what lies outside the kept heights. */
export function epochBlock(backend: QueryBackend, epoch: bigint): number {
  const { document, lastHeight, lastRetainedHeight } = backend;
  const current = beaconQueries.epoch(backend.stateAt(0));
  const { base } = document.beacon;
  if (epoch === current.epoch) return current.height;
  if (epoch < base) refusePlain("epoch predates base", { base, epoch });
  if (epoch === base) return Number(document.height);
  let low = lastRetainedHeight;
  let high = lastHeight;
  let at = high;
  let before = 0n;
  for (let step = 0; step < MAX_STEPS; step++) {
    const found = beaconQueries.epoch(backend.stateAt(at));
    if (found.epoch === before) break;
    before = found.epoch;
    if (found.epoch === epoch) return found.height;
    if (epoch < found.epoch) high = found.height;
    else low = at;
    at = Math.floor((low + high) / 2);
  }
  return refusePlain("failed to find historic epoch", { epoch, low, high });
}
