// The epoch as the state machine itself asks for it.
import type { TimeSource } from "../framework/ports.ts";
import { epoch, futureEpoch } from "./state.ts";

export const beaconTimeSource: TimeSource = {
  epoch: (state) => epoch(state).epoch,
  futureEpoch,
  baseEpoch: ({ beacon }) => beacon.base,
};
