// Fills the history of a runtime's blocks from the states of consensus.
// Reference: go/runtime/history/indexer.go.
import { isRefusal, roothashApp, type State } from "@wadi/apps";
import { consensus, type Namespace, type roothash } from "@wadi/types";
import { isError } from "@wadi/util";

import type { HistoryStore } from "./history-store.ts";

/** Where blocks are found. */
export interface IndexedChain {
  /** 0 before the first block. */
  readonly lastHeight: number;
  readonly firstKeptHeight: number;
  stateAt(height: number): State;
}

export type IndexerState = "started" | "reindexing" | "indexing" | "stopped";

/** The block that a height's state added; undefined where there is none, or the state is gone. */
export function blockOfHeight(
  chain: IndexedChain,
  runtimeId: Namespace,
  height: number,
): roothash.AnnotatedBlock | undefined {
  const state = runtimeStateAt(chain, runtimeId, height);
  if (state === undefined || state.lastBlockHeight !== height || state.lastBlock === null) return undefined;
  return { consensusHeight: height, block: state.lastBlock };
}

/** Undefined for a runtime that consensus does not know (yet), and for heights without state. */
export function runtimeStateAt(
  chain: Pick<IndexedChain, "stateAt">,
  runtimeId: Namespace,
  height: number,
): roothash.RuntimeState | undefined {
  try {
    return roothashApp.roothashQueries.runtimeState(chain.stateAt(height), runtimeId);
  } catch (e) {
    if (isRefusal(e) || isError(e, consensus.ErrVersionNotFound)) return undefined;
    throw e;
  }
}

export class Indexer {
  readonly #chain: IndexedChain;
  readonly #runtimeId: Namespace;
  readonly #store: HistoryStore;
  #state: IndexerState = "started";

  constructor(chain: IndexedChain, runtimeId: Namespace, store: HistoryStore) {
    this.#chain = chain;
    this.#runtimeId = runtimeId;
    this.#store = store;
  }

  get state(): IndexerState {
    return this.#state;
  }

  /**
   * Brings the history to the last height: up to `batch` heights in each step, so that others get
   * their turn. The newest block is there in any case, also where the states between are gone. When
   * it is done nothing is missing, unless the caller waits before it follows the chain.
   */
  *reindex(batch: number): Generator<roothash.AnnotatedBlock[], void> {
    this.#state = "reindexing";
    let from = Math.max(this.#store.lastHeight + 1, this.#chain.firstKeptHeight);
    // The chain grows meanwhile; above the height of the newest block there is nothing to be found.
    for (let to = this.#newestHeight(); from <= to; to = this.#newestHeight()) {
      const found: roothash.AnnotatedBlock[] = [];
      const end = Math.min(from + batch, to + 1);
      for (let height = from; height < end; height++) {
        const block = blockOfHeight(this.#chain, this.#runtimeId, height);
        if (block !== undefined) found.push(block);
      }
      this.#store.commit(found);
      from = end;
      yield found;
    }
    const newest = this.#newest();
    if (newest?.lastBlock && (this.#store.latest?.block?.header.round ?? -1n) < newest.lastBlock.header.round) {
      const block = { consensusHeight: newest.lastBlockHeight, block: newest.lastBlock };
      this.#store.commit([block]);
      yield [block];
    }
    this.#state = "indexing";
  }

  /** Takes in a consensus block that was just committed; the runtime's new block, if it brought one. */
  add(height: number): roothash.AnnotatedBlock | undefined {
    const block = blockOfHeight(this.#chain, this.#runtimeId, height);
    const last = this.#store.latest?.block?.header.round;
    if (block?.block === undefined || block.block === null) return undefined;
    if (last !== undefined && block.block.header.round <= last) return undefined;
    this.#store.commit([block]);
    return block;
  }

  /** Whether the state of a height may go: its block, if it has one, is in the history for good. */
  mayPrune(height: number): boolean {
    const { firstUnwrittenHeight = Infinity, lastHeight } = this.#store;
    // Once the history is made every height is looked at as it comes.
    const isSeen = this.#state === "indexing" || this.#state === "stopped" || height <= lastHeight;
    return isSeen && height < firstUnwrittenHeight;
  }

  /** The runtime's state at the last height. */
  #newest(): roothash.RuntimeState | undefined {
    const { lastHeight } = this.#chain;
    return lastHeight === 0 ? undefined : runtimeStateAt(this.#chain, this.#runtimeId, lastHeight);
  }

  /** The height of the newest block; 0 where there is none. */
  #newestHeight(): number {
    return this.#newest()?.lastBlockHeight ?? 0;
  }

  stop(): void {
    this.#state = "stopped";
  }
}
