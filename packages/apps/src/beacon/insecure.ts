// The insecure backend: the beacon comes from block hashes, epochs begin at multiples of the
// interval, or with mock time keeping when somebody says so.
// Reference: go/consensus/cometbft/apps/beacon/backend_insecure.go.
import { must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { refusePlain } from "../framework/errors.ts";
import {
  dueTransition,
  emitEpoch,
  enterEpoch,
  following,
  renewBeacon,
  scheduleTransition,
  type Backend,
  type Parameters,
} from "./backend.ts";
import { epoch as storedEpoch, setEpoch, setFutureEpoch } from "./state.ts";

/** Multiples of the interval count from height 0, whatever the initial height. */
function scheduleNext(ctx: Context, { insecureParameters }: Parameters, next: bigint): void {
  const { interval } = must(insecureParameters, "insecure beacon without parameters");
  scheduleTransition(ctx, next, BigInt.asIntN(64, next) * interval);
}

export const insecureBackend: Backend = {
  /** With mock time keeping nothing is written, so that the chain begins with epoch 0, not the base epoch. */
  initChain(ctx, parameters, baseEpoch) {
    if (parameters.debugMockBackend) return;
    setEpoch(ctx.state, { epoch: baseEpoch, height: ctx.initialHeight });
    emitEpoch(ctx, baseEpoch);
    scheduleNext(ctx, parameters, following(baseEpoch));
  },

  beginBlock(ctx, parameters) {
    const due = dueTransition(ctx);
    if (due === undefined) return;
    enterEpoch(ctx, due.epoch);
    if (!parameters.debugMockBackend) scheduleNext(ctx, parameters, following(due.epoch));
    emitEpoch(ctx, due.epoch);
    renewBeacon(ctx, due.epoch);
  },

  setEpoch(ctx, epoch) {
    const current = storedEpoch(ctx.state).epoch;
    if (epoch <= current) refusePlain("explicit epoch does not advance time", { epoch, current });
    setFutureEpoch(ctx.state, { epoch, height: ctx.currentHeight + 1 });
  },
};
