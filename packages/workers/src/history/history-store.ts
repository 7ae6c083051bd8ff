// Blocks of a runtime by round. Reference: go/runtime/history/db.go; the keys are the same.
import { decodeCbor, encodeCbor, i64Number, struct, u64 } from "@wadi/codec";
import type { KvStore } from "@wadi/kv";
import { Namespace, roothash } from "@wadi/types";
import { WadiError, must } from "@wadi/util";

import { ErrHistory } from "../errors.ts";

const METADATA = Uint8Array.of(1);
const BLOCKS = 2;
const VERSION = 1n;
/** Rounds that one pruning pass drops. */
export const MAX_PRUNED = 64;

const Metadata = struct("runtime/history.metadata", {
  runtimeId: Namespace,
  version: u64,
  lastConsensusHeight: i64Number,
  lastRound: u64,
});

function blockKey(round: bigint): Uint8Array {
  const key = Buffer.alloc(9);
  key[0] = BLOCKS;
  key.writeBigUInt64BE(round, 1);
  return key;
}

const ALL_BLOCKS = { start: Uint8Array.of(BLOCKS), end: Uint8Array.of(BLOCKS + 1) } as const;

export class HistoryStore {
  readonly #store: KvStore;
  readonly #runtimeId: Namespace;

  /** Throws ErrHistory for a store of another runtime or version. The store stays the caller's. */
  constructor(store: KvStore, runtimeId: Namespace) {
    this.#store = store;
    this.#runtimeId = runtimeId;
    const stored = this.#metadata();
    if (stored !== undefined && (stored.version !== VERSION || stored.runtimeId !== runtimeId)) {
      throw new WadiError(ErrHistory, { context: `it is version ${stored.version} of runtime ${stored.runtimeId}` });
    }
  }

  /** The consensus height up to which blocks were looked for; 0 before the first. */
  get lastHeight(): number {
    return this.#metadata()?.lastConsensusHeight ?? 0;
  }

  /** The newest block. */
  get latest(): roothash.AnnotatedBlock | undefined {
    return this.#first({ ...ALL_BLOCKS, reverse: true, limit: 1 });
  }

  /** The oldest block that is kept. */
  get earliest(): roothash.AnnotatedBlock | undefined {
    return this.#first({ ...ALL_BLOCKS, limit: 1 });
  }

  block(round: bigint): roothash.AnnotatedBlock | undefined {
    const bytes = this.#store.get(blockKey(round));
    return bytes === undefined ? undefined : decodeCbor(roothash.AnnotatedBlock, bytes, "trusted");
  }

  /** The blocks from a round on, oldest first. */
  *from(round: bigint): Generator<roothash.AnnotatedBlock, void> {
    for (const { value } of this.#store.entries({ start: blockKey(round), end: ALL_BLOCKS.end })) {
      yield decodeCbor(roothash.AnnotatedBlock, value, "trusted");
    }
  }

  /** Adds blocks in one transaction. Throws ErrHistory for blocks out of order. */
  commit(blocks: readonly roothash.AnnotatedBlock[]): void {
    if (blocks.length === 0) return;
    let { lastConsensusHeight, lastRound } = this.#metadata() ?? { lastConsensusHeight: 0, lastRound: 0n };
    let isFirst = lastConsensusHeight === 0;
    for (const { consensusHeight, block } of blocks) {
      const { round } = must(block).header;
      if (consensusHeight < lastConsensusHeight) {
        throw new WadiError(ErrHistory, { context: "commit at lower consensus height" });
      }
      if (!isFirst && round <= lastRound)
        throw new WadiError(ErrHistory, { context: "commit at lower or equal round" });
      [lastConsensusHeight, lastRound, isFirst] = [consensusHeight, round, false];
    }
    const metadata = { runtimeId: this.#runtimeId, version: VERSION, lastConsensusHeight, lastRound };
    this.#store.write((batch) => {
      for (const annotated of blocks) {
        batch.put(blockKey(must(annotated.block).header.round), encodeCbor(roothash.AnnotatedBlock, annotated));
      }
      batch.put(METADATA, encodeCbor(Metadata, metadata));
    });
  }

  /** Drops the oldest rounds below `before`, at most 64; returns those that went. */
  prune(before: bigint): readonly bigint[] {
    const range = { start: ALL_BLOCKS.start, end: blockKey(before), limit: MAX_PRUNED };
    const keys = [...this.#store.keys(range)];
    this.#store.write((batch) => {
      for (const key of keys) batch.delete(key);
    });
    return keys.map((key) => Buffer.from(key).readBigUInt64BE(1));
  }

  #first(range: Parameters<KvStore["entries"]>[0]): roothash.AnnotatedBlock | undefined {
    for (const { value } of this.#store.entries(range)) return decodeCbor(roothash.AnnotatedBlock, value, "trusted");
    return undefined;
  }

  #metadata(): ReturnType<(typeof Metadata)["zero"]> | undefined {
    const bytes = this.#store.get(METADATA);
    return bytes === undefined ? undefined : decodeCbor(Metadata, bytes, "trusted");
  }
}
