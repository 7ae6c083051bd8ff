// The VRF backend: nodes prove outputs for an input (alpha) that changes with each epoch; the
// proofs of one epoch decide the elections at the start of the next, and make the next input.
// Reference: go/consensus/cometbft/apps/beacon/backend_vrf.go.
import { EPOCH_INVALID, events, type PublicKey, type beacon, type signature } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { chainContextKey } from "../framework/core-state.ts";
import { BlockFailure, refusePlain } from "../framework/errors.ts";
import { nodeStatus, nodes, setNodeStatus } from "../registry/state.ts";
import {
  currentEntropy,
  dueTransition,
  emitEpoch,
  enterEpoch,
  following,
  renewBeacon,
  scheduleTransition,
  type Backend,
  type Parameters,
} from "./backend.ts";
import { highQualityAlpha, lowQualityAlpha } from "./derivations.ts";
import { provenOutput } from "./proofs.ts";
import {
  clearPendingMockEpoch,
  epoch as storedEpoch,
  futureEpoch,
  pendingMockEpoch,
  setEpoch,
  setPendingMockEpoch,
  setVrfState,
  vrfState,
} from "./state.ts";
import { prove } from "./vrf-prove.ts";

type Proofs = ReadonlyMap<PublicKey, signature.Proof>;

function vrfParameters({ vrfParameters: found }: Parameters): beacon.VRFParameters {
  return must(found, "VRF beacon without parameters");
}

export const vrfBackend: Backend = {
  initChain(ctx, parameters, baseEpoch) {
    setEpoch(ctx.state, { epoch: baseEpoch, height: ctx.initialHeight });
    if (parameters.debugMockBackend) return;
    emitEpoch(ctx, baseEpoch);
    scheduleNext(ctx, parameters, following(baseEpoch));
  },

  beginBlock(ctx, parameters) {
    const stored = vrfState(ctx.state);
    const round = stored ?? firstRound(ctx, parameters);
    if (stored === undefined) setVrfState(ctx.state, round);
    if (futureEpoch(ctx.state) === undefined) {
      if (!parameters.debugMockBackend) throw new BlockFailure("no epoch transition is scheduled");
      scheduleMockTransition(ctx, parameters, round);
      return;
    }
    const due = dueTransition(ctx);
    // A round of this very block has no list of proofs yet, which is written as null.
    if (due !== undefined) transition(ctx, parameters, round, stored?.pi ?? null, due.epoch);
  },

  prove,

  setEpoch(ctx, epoch) {
    const pending = pendingMockEpoch(ctx.state);
    if (pending === epoch) return;
    if (pending !== undefined) refusePlain("another explicit epoch transition is pending", { epoch, pending });
    const current = storedEpoch(ctx.state).epoch;
    if (epoch <= current) refusePlain("explicit epoch does not advance time", { epoch, current });
    setPendingMockEpoch(ctx.state, epoch);
  },
};

/** Intervals count from the block that schedules. */
function scheduleNext(ctx: Context, parameters: Parameters, next: bigint): void {
  scheduleTransition(ctx, next, BigInt(ctx.currentHeight) + vrfParameters(parameters).interval);
}

function submitAfter(ctx: Context, parameters: Parameters): bigint {
  return BigInt.asIntN(64, BigInt(ctx.currentHeight) + vrfParameters(parameters).proofDelay);
}

/** In the first block: an input that no proofs stand behind. */
function firstRound(ctx: Context, parameters: Parameters): beacon.VRFState {
  const { epoch } = storedEpoch(ctx.state);
  return {
    epoch,
    alpha: lowQualityAlpha(chainContext(ctx), epoch, currentEntropy(ctx)),
    pi: new Map(),
    alphaHq: false,
    submitAfter: submitAfter(ctx, parameters),
    prevState: null,
  };
}

/**
 * Mock time keeping: the epoch that was asked for begins in the next block, once every node has
 * proved, or an interval after the last transition.
 */
function scheduleMockTransition(ctx: Context, parameters: Parameters, round: beacon.VRFState): void {
  const pending = pendingMockEpoch(ctx.state);
  const height = BigInt(ctx.currentHeight);
  if (pending === undefined || height <= round.submitAfter) return;
  if (round.pi.size < nodes(ctx.state).length) {
    const began = BigInt(storedEpoch(ctx.state).height);
    if (height < BigInt.asIntN(64, began + vrfParameters(parameters).interval)) return;
  }
  clearPendingMockEpoch(ctx.state);
  scheduleTransition(ctx, pending, height + 1n);
}

/** A new epoch begins: what was proved becomes the past, and there is a new input. */
function transition(
  ctx: Context,
  parameters: Parameters,
  round: beacon.VRFState,
  previousProofs: Proofs | null,
  epoch: bigint,
): void {
  makeNodesEligible(ctx, epoch);
  enterEpoch(ctx, epoch);
  if (!parameters.debugMockBackend) scheduleNext(ctx, parameters, following(epoch));
  emitEpoch(ctx, epoch);

  const isHighQuality = BigInt(round.pi.size) >= vrfParameters(parameters).alphaHqThreshold;
  const alpha = isHighQuality
    ? highQualityAlpha(chainContext(ctx), epoch, outputsInOrder(round.pi))
    : lowQualityAlpha(chainContext(ctx), epoch, currentEntropy(ctx));
  const next: beacon.VRFState = {
    epoch,
    alpha,
    pi: new Map(),
    alphaHq: isHighQuality,
    submitAfter: submitAfter(ctx, parameters),
    prevState: { pi: previousProofs, canElect: round.alphaHq },
  };
  setVrfState(ctx.state, next);
  renewBeacon(ctx, epoch);
  ctx.emit(events.eventKinds.beaconVrf, { epoch, alpha, submitAfter: next.submitAfter });
}

/** New nodes may be elected into committees from the epoch after the one that begins now. */
function makeNodesEligible(ctx: Context, epoch: bigint): void {
  for (const { id } of nodes(ctx.state)) {
    const status = nodeStatus(ctx.state, id);
    if (status === undefined) throw new BlockFailure(`node ${id} has no status`);
    if (status.electionEligibleAfter !== EPOCH_INVALID) continue;
    setNodeStatus(ctx.state, id, { ...status, electionEligibleAfter: epoch });
  }
}

function outputsInOrder(proofs: Proofs): Uint8Array[] {
  const sorted = [...proofs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, proof]) => provenOutput(proof));
}

function chainContext(ctx: Context): string {
  return ctx.state.must(chainContextKey.at());
}
