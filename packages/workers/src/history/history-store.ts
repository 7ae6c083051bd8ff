// Blocks of a runtime by round. Reference: go/runtime/history/db.go; the keys are the same. New
// blocks are written several at a time: waiting for the disk would delay every round, and what a
// crash takes is found again in the states of consensus.
import { decodeCbor, encodeCbor, i64Number, struct, u64, type TypeOf } from "@wadi/codec";
import type { KvStore } from "@wadi/kv";
import { Namespace, roothash } from "@wadi/types";
import { WadiError, must } from "@wadi/util";

import { ErrHistory } from "../errors.ts";

const METADATA = Uint8Array.of(1);
const BLOCKS = 2;
const VERSION = 1n;
/** Rounds that one pruning pass drops. */
export const MAX_PRUNED = 64;
/** Blocks that wait at most to be written, */
export const MAX_UNWRITTEN = 64;
/** and how long. */
const WRITE_DELAY_MS = 2000;

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

type StoredMetadata = TypeOf<typeof Metadata>;

const ALL_BLOCKS = { start: Uint8Array.of(BLOCKS), end: Uint8Array.of(BLOCKS + 1) } as const;

export class HistoryStore implements Disposable {
  readonly #store: KvStore;
  readonly #runtimeId: Namespace;
  #metadata: StoredMetadata | undefined;
  #latest: roothash.AnnotatedBlock | undefined;
  /** The newest blocks, by round; those before them are in the store. */
  readonly #unwritten = new Map<bigint, roothash.AnnotatedBlock>();
  #timer: NodeJS.Timeout | undefined;
  /** The store has refused what waits. */
  #isRefused = false;

  /** Throws ErrHistory for a store of another runtime or version. The store stays the caller's. */
  constructor(store: KvStore, runtimeId: Namespace) {
    this.#store = store;
    this.#runtimeId = runtimeId;
    const bytes = store.get(METADATA);
    const stored = bytes === undefined ? undefined : decodeCbor(Metadata, bytes, "trusted");
    if (stored !== undefined && (stored.version !== VERSION || stored.runtimeId !== runtimeId)) {
      throw new WadiError(ErrHistory, { context: `it is version ${stored.version} of runtime ${stored.runtimeId}` });
    }
    this.#metadata = stored;
    this.#latest = this.#first({ ...ALL_BLOCKS, reverse: true, limit: 1 });
  }

  /** The consensus height up to which blocks were looked for; 0 before the first. */
  get lastHeight(): number {
    return this.#metadata?.lastConsensusHeight ?? 0;
  }

  /** The consensus height of the oldest block that a kill would take; undefined where all are written. */
  get firstUnwrittenHeight(): number | undefined {
    return this.#unwritten.values().next().value?.consensusHeight;
  }

  /** The newest block. */
  get latest(): roothash.AnnotatedBlock | undefined {
    return this.#latest;
  }

  /** The oldest block that is kept. */
  get earliest(): roothash.AnnotatedBlock | undefined {
    return this.#first({ ...ALL_BLOCKS, limit: 1 }) ?? this.#unwritten.values().next().value;
  }

  block(round: bigint): roothash.AnnotatedBlock | undefined {
    const unwritten = this.#unwritten.get(round);
    if (unwritten !== undefined) return unwritten;
    const bytes = this.#store.get(blockKey(round));
    return bytes === undefined ? undefined : decodeCbor(roothash.AnnotatedBlock, bytes, "trusted");
  }

  /** The block of a round or, where there is none, of the first one after it. */
  next(round: bigint): roothash.AnnotatedBlock | undefined {
    const found = this.block(round) ?? this.#first({ start: blockKey(round), end: ALL_BLOCKS.end, limit: 1 });
    if (found !== undefined) return found;
    for (const [unwritten, annotated] of this.#unwritten) if (unwritten >= round) return annotated;
    return undefined;
  }

  /** Adds blocks, of which none is lost unless the process is killed. Throws ErrHistory for blocks out of order. */
  commit(blocks: readonly roothash.AnnotatedBlock[]): void {
    const last = blocks.at(-1);
    if (last === undefined) return;
    let { lastConsensusHeight, lastRound } = this.#metadata ?? { lastConsensusHeight: 0, lastRound: 0n };
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
    for (const annotated of blocks) this.#unwritten.set(must(annotated.block).header.round, annotated);
    this.#metadata = { runtimeId: this.#runtimeId, version: VERSION, lastConsensusHeight, lastRound };
    this.#latest = last;
    if (this.#isRefused || this.#unwritten.size >= MAX_UNWRITTEN) this.write();
    else this.#timer ??= setTimeout(() => this.#writeLater(), WRITE_DELAY_MS).unref();
  }

  /** Writes what waits for it, in one transaction. Throws what the store throws; then it goes on waiting. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.size === 0) return;
    const metadata = encodeCbor(Metadata, must(this.#metadata));
    this.#store.write((batch) => {
      for (const [round, annotated] of this.#unwritten) {
        batch.put(blockKey(round), encodeCbor(roothash.AnnotatedBlock, annotated));
      }
      batch.put(METADATA, metadata);
    });
    this.#unwritten.clear();
    this.#isRefused = false;
  }

  /** Drops the oldest rounds below `before`, at most 64; returns those that went. */
  prune(before: bigint): readonly bigint[] {
    this.write();
    const range = { start: ALL_BLOCKS.start, end: blockKey(before), limit: MAX_PRUNED };
    const keys = [...this.#store.keys(range)];
    this.#store.write((batch) => {
      for (const key of keys) batch.delete(key);
    });
    return keys.map((key) => Buffer.from(key).readBigUInt64BE(1));
  }

  /** Writes what waits for it. Throws what the store throws. */
  [Symbol.dispose](): void {
    this.write();
  }

  #writeLater(): void {
    this.#timer = undefined;
    try {
      this.write();
    } catch {
      // The next commit meets it, where somebody can be told.
      this.#isRefused = true;
    }
  }

  #first(range: Parameters<KvStore["entries"]>[0]): roothash.AnnotatedBlock | undefined {
    for (const { value } of this.#store.entries(range)) return decodeCbor(roothash.AnnotatedBlock, value, "trusted");
    return undefined;
  }
}
