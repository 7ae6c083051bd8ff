// The two ways to make randomness and keep time, and what they share.
// Reference: go/consensus/cometbft/apps/beacon/api.go, beacon.go.
import { events, type beacon, type transaction } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import { beaconValue, blockEntropy } from "./derivations.ts";
import { clearFutureEpoch, futureEpoch, setBeacon, setEpoch, setFutureEpoch } from "./state.ts";

export type Parameters = beacon.ConsensusParameters;

export interface Backend {
  initChain(ctx: Context, parameters: Parameters, baseEpoch: bigint): void;
  beginBlock(ctx: Context, parameters: Parameters): void;
  /** `beacon.VRFProve`, where it exists. */
  prove?(ctx: Context, parameters: Parameters, transaction: transaction.Transaction): void;
  /** `beacon.SetEpoch`; called with mock time keeping only. */
  setEpoch(ctx: Context, epoch: bigint): void;
}

/** The transition that is due in this block, if there is one. */
export function dueTransition(ctx: Context): beacon.EpochTimeState | undefined {
  const future = futureEpoch(ctx.state);
  if (future === undefined || future.height > ctx.currentHeight) return undefined;
  if (future.height < ctx.currentHeight) {
    throw new BlockFailure(`transition to epoch ${future.epoch} was due at height ${future.height}`);
  }
  return future;
}

/** Makes a due transition happen: the epoch begins with this block. */
export function enterEpoch(ctx: Context, epoch: bigint): void {
  setEpoch(ctx.state, { epoch, height: ctx.currentHeight });
  clearFutureEpoch(ctx.state);
}

/** The transition that comes next. `height` wraps to 64 bits as in the reference. */
export function scheduleTransition(ctx: Context, epoch: bigint, height: bigint): void {
  setFutureEpoch(ctx.state, { epoch, height: Number(BigInt.asIntN(64, height)) });
}

/** Epochs wrap at 2^64. */
export function following(epoch: bigint): bigint {
  return BigInt.asUintN(64, epoch + 1n);
}

export function emitEpoch(ctx: Context, epoch: bigint): void {
  ctx.emit(events.eventKinds.beaconEpoch, { epoch });
}

/** Entropy of the block that is being executed. */
export function currentEntropy(ctx: Context): Uint8Array {
  const { lastHeight, lastStateRoot, now } = ctx;
  return blockEntropy({ lastHeight, lastStateRoot, unixSeconds: now.seconds });
}

/** The beacon of an epoch that begins with this block. */
export function renewBeacon(ctx: Context, epoch: bigint): void {
  const value = beaconValue(epoch, currentEntropy(ctx));
  setBeacon(ctx.state, value);
  ctx.emit(events.eventKinds.beaconBeacon, { beacon: value });
}
