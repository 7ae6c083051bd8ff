// The blocks of a runtime. Reference: go/roothash/api/block/block.go,
// go/consensus/cometbft/apps/roothash/finalization.go (finalizeBlock).
import { events, roothash, type Namespace, type registry } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { attribute } from "../framework/events.ts";
import { newPool } from "./pool.ts";
import { rearmRoundTimeout, TIMEOUT_NEVER, type RuntimeState } from "./state.ts";

const { headerTypes } = roothash;

/** What a runtime block takes from the consensus block: its time. */
type BlockTime = Pick<Context, "now">;

/** Unix seconds. */
function timestamp({ now }: BlockTime): bigint {
  return BigInt.asUintN(64, now.seconds);
}

/** The first block of a runtime, which continues from what `from` says. */
export function genesisBlock(
  ctx: BlockTime,
  namespace: Namespace,
  { round, stateRoot }: registry.RuntimeGenesis,
  headerType: roothash.HeaderType,
): roothash.Block {
  return { header: roothash.emptyHeader({ namespace, round, timestamp: timestamp(ctx), headerType, stateRoot }) };
}

/** A block on top of another that changes nothing but the round. */
export function emptyBlock(
  ctx: BlockTime,
  { header: parent }: roothash.Block,
  headerType: roothash.HeaderType,
): roothash.Block {
  const { namespace, stateRoot, version } = parent;
  const header = roothash.emptyHeader({
    version,
    namespace,
    round: BigInt.asUintN(64, parent.round + 1n),
    timestamp: timestamp(ctx),
    headerType,
    previousHash: roothash.headerHash(parent),
    stateRoot,
  });
  return { header };
}

/** Ends the round with an empty block of this type: round failed, epoch transition or suspended. */
export function finalizeEmptyBlock(ctx: Context, runtime: RuntimeState, headerType: roothash.HeaderType): RuntimeState {
  const ended = withBlock(ctx, runtime, emptyBlock(ctx, runtime.lastBlock, headerType));
  return headerType === headerTypes.suspended ? { ...ended, commitmentPool: null } : ended;
}

/** Ends the round with the results of a proposal. */
export function finalizeNormalBlock(
  ctx: Context,
  runtime: RuntimeState,
  results: roothash.ComputeResultsHeader,
): RuntimeState {
  const { header } = emptyBlock(ctx, runtime.lastBlock, headerTypes.normal);
  const block: roothash.Block = {
    header: {
      ...header,
      ioRoot: must(results.ioRoot),
      stateRoot: must(results.stateRoot),
      messagesHash: must(results.messagesHash),
      inMsgsHash: must(results.inMsgsHash),
    },
  };
  const ended = withBlock(ctx, runtime, block);
  return { ...ended, lastNormalRound: header.round, lastNormalHeight: ctx.currentHeight };
}

/** The next round begins with no commitments; its schedulers have unlimited time for the first. */
function withBlock(ctx: Context, runtime: RuntimeState, lastBlock: roothash.Block): RuntimeState {
  const { id } = runtime.runtime;
  emitFinalized(ctx, id, lastBlock.header.round);
  rearmRoundTimeout(ctx.state, id, runtime.timeout, TIMEOUT_NEVER);
  return {
    ...runtime,
    lastBlock,
    lastBlockHeight: ctx.currentHeight,
    commitmentPool: newPool(),
    timeout: TIMEOUT_NEVER,
  };
}

export function emitFinalized(ctx: Context, runtimeId: Namespace, round: bigint): void {
  ctx.emitTogether(attribute(events.eventKinds.roothashFinalized, { round }), runtimeAttribute(runtimeId));
}

/** What every event of a runtime carries beside its own attribute. */
export function runtimeAttribute(id: Namespace): ReturnType<typeof attribute> {
  return attribute(events.eventKinds.roothashRuntimeId, { id });
}
