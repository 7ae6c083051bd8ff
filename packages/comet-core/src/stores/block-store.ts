// Blocks by height: metas, parts, commits, and the results of executing them. Heights are
// contiguous from `base` to `height`; every change is one transaction, so no height is ever there
// in part. Reference: store/store.go of the fork (what is kept; the format is ours).
import {
  AbciResponses,
  BlockMeta,
  blockMetaOf,
  Commit,
  decodeBlock,
  Part,
  PartSet,
  type Block,
  type Header,
  type PartSetHeader,
} from "@wadi/comet-types";
import { concatBytes, WadiError } from "@wadi/util";
import type { BlockResponse } from "../application.ts";
import type { CommittedBlock } from "../rounds/types.ts";
import { decodeSignRecord, encodeSignRecord, type SignRecord } from "../sign-state/sign-record.ts";
import type { DatabaseBatch, EngineDatabase } from "./database.ts";
import { ErrPruneHeight, ErrStoreDamaged, ErrStoreOrder } from "./errors.ts";
import { heightKey, heightOfKey, heightRange, KeyKind, kindName, singleKey } from "./store-keys.ts";

/** Heights that one transaction of pruning takes at most. */
const PRUNE_SLICE = 256;

interface Decoder<T> {
  decode(bytes: Uint8Array): T;
}

function damaged(what: string, height: number, cause?: unknown): WadiError {
  return new WadiError(ErrStoreDamaged, { context: `${what} of height ${height}`, cause, data: { what, height } });
}

/** What a database holds of a kind at a height; throws ErrStoreDamaged if it does not decode. */
export function loadAt<T>(
  database: Pick<EngineDatabase, "get">,
  kind: KeyKind,
  height: number,
  decoder: Decoder<T>,
  index?: number,
): T | undefined {
  const bytes = database.get(heightKey(kind, height, index));
  if (bytes === undefined) return undefined;
  try {
    return decoder.decode(bytes);
  } catch (e) {
    throw damaged(kindName(kind), height, e);
  }
}

export class BlockStore {
  readonly #database: EngineDatabase;
  #base = 0;
  #height = 0;

  constructor(database: EngineDatabase) {
    this.#database = database;
    this.#findEnds();
  }

  #findEnds(): void {
    const range = { ...heightRange(KeyKind.blockMeta), limit: 1 };
    const [first] = this.#database.keys(range);
    const [last] = this.#database.keys({ ...range, reverse: true });
    this.#base = first === undefined ? 0 : heightOfKey(first);
    this.#height = last === undefined ? 0 : heightOfKey(last);
  }

  /** The lowest stored height, 0 for an empty store. */
  get base(): number {
    return this.#base;
  }

  /** The highest stored height, 0 for an empty store. */
  get height(): number {
    return this.#height;
  }

  /**
   * Stores the next block with the commit that we saw for it, what its execution gave, and what we
   * signed for it where that is not durable yet. Durable on return. Throws ErrStoreOrder.
   */
  save(committed: CommittedBlock, response: BlockResponse, signRecord?: SignRecord): void {
    const { block, parts, seenCommit } = committed;
    const { height } = block.header;
    if (this.#height !== 0 && height !== this.#height + 1) {
      throw new WadiError(ErrStoreOrder, { context: `block ${height} after ${this.#height}`, data: { height } });
    }
    this.#database.write((batch) => {
      batch.put(heightKey(KeyKind.blockMeta, height), BlockMeta.encode(blockMetaOf(block, parts)));
      for (let i = 0; i < parts.header.total; i++) {
        const part = parts.part(i);
        if (part === undefined) throw new RangeError("part set is not complete");
        batch.put(heightKey(KeyKind.blockPart, height, i), Part.encode(part));
      }
      if (block.lastCommit !== undefined) {
        batch.put(heightKey(KeyKind.canonicalCommit, height - 1), Commit.encode(block.lastCommit));
      }
      // The canonical commit of the height before takes the place of the one that we saw.
      batch.delete(heightKey(KeyKind.seenCommit, height - 1));
      batch.put(heightKey(KeyKind.seenCommit, height), Commit.encode(seenCommit));
      batch.put(heightKey(KeyKind.responses, height), AbciResponses.encode(response));
      if (signRecord !== undefined) batch.put(singleKey(KeyKind.signRecord), encodeSignRecord(signRecord));
    });
    if (this.#base === 0) this.#base = height;
    this.#height = height;
  }

  /** The next loaders give undefined for heights that are not stored; they throw ErrStoreDamaged. */
  loadMeta(height: number): BlockMeta | undefined {
    return loadAt(this.#database, KeyKind.blockMeta, height, BlockMeta);
  }

  loadHeader(height: number): Header | undefined {
    return this.loadMeta(height)?.header;
  }

  loadPartSetHeader(height: number): PartSetHeader | undefined {
    return this.loadMeta(height)?.blockId.partSetHeader;
  }

  loadPart(height: number, index: number): Part | undefined {
    return loadAt(this.#database, KeyKind.blockPart, height, Part, index);
  }

  /** All parts of a block, proven again. */
  loadPartSet(height: number): PartSet | undefined {
    const meta = this.loadMeta(height);
    if (meta === undefined) return undefined;
    const parts = new PartSet(meta.blockId.partSetHeader);
    for (let i = 0; i < parts.header.total; i++) {
      const part = this.loadPart(height, i);
      if (part === undefined) throw damaged(`part ${i}`, height);
      parts.add(part);
    }
    return parts;
  }

  /** The block's bytes as they travelled. */
  loadBytes(height: number): Uint8Array | undefined {
    const meta = this.loadMeta(height);
    if (meta === undefined) return undefined;
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < meta.blockId.partSetHeader.total; i++) {
      const part = this.loadPart(height, i);
      if (part === undefined) throw damaged(`part ${i}`, height);
      pieces.push(part.bytes);
    }
    return concatBytes(...pieces);
  }

  loadBlock(height: number): Block | undefined {
    const bytes = this.loadBytes(height);
    if (bytes === undefined) return undefined;
    try {
      return decodeBlock(bytes);
    } catch (e) {
      throw damaged("block", height, e);
    }
  }

  /** The commit of a height as the next block carries it; undefined for the tip. */
  loadCommit(height: number): Commit | undefined {
    return loadAt(this.#database, KeyKind.canonicalCommit, height, Commit);
  }

  /** The commit that we saw; kept for the tip only. */
  loadSeenCommit(height: number): Commit | undefined {
    return loadAt(this.#database, KeyKind.seenCommit, height, Commit);
  }

  loadResponses(height: number): AbciResponses | undefined {
    return loadAt(this.#database, KeyKind.responses, height, AbciResponses);
  }

  /** What was signed last as far as a block was stored with it. Throws ErrSignStateInvalid. */
  loadSignRecord(): SignRecord | undefined {
    const bytes = this.#database.get(singleKey(KeyKind.signRecord));
    return bytes && decodeSignRecord(bytes);
  }

  /** Durable with the next block. Does nothing on a database that writes at once. */
  stageSignRecord(record: SignRecord): void {
    this.#database.stage?.((batch) => batch.put(singleKey(KeyKind.signRecord), encodeSignRecord(record)));
  }

  /** Replaces the results of a stored block. */
  saveResponses(height: number, response: BlockResponse): void {
    this.#database.write((batch) => batch.put(heightKey(KeyKind.responses, height), AbciResponses.encode(response)));
  }

  /** False if something of the tip is missing or does not decode. */
  isTipWhole(): boolean {
    if (this.#height === 0) return true;
    try {
      const block = this.loadBlock(this.#height);
      const seen = this.loadSeenCommit(this.#height);
      return block !== undefined && seen !== undefined && this.loadResponses(this.#height) !== undefined;
    } catch (e) {
      if (e instanceof WadiError) return false;
      throw e;
    }
  }

  /** Takes the last block back. The commit of the one before becomes the seen one again. */
  removeTip(): void {
    const height = this.#height;
    if (height === 0) return;
    this.#database.write((batch) => {
      const commit = batch.get(heightKey(KeyKind.canonicalCommit, height - 1));
      if (commit !== undefined && height > this.#base) batch.put(heightKey(KeyKind.seenCommit, height - 1), commit);
      removeHeights(batch, height, height + 1);
    });
    this.#findEnds();
  }

  /** Throws ErrPruneHeight for a height that is not stored. */
  checkRetainHeight(retainHeight: number): void {
    if (retainHeight >= Math.max(this.#base, 1) && retainHeight <= this.#height) return;
    const context = `${retainHeight} is not in ${this.#base}..${this.#height}`;
    throw new WadiError(ErrPruneHeight, { context, data: { retainHeight } });
  }

  /**
   * Removes heights below `retainHeight`, in slices of one transaction each, the lowest first.
   * Returns how many heights went. Throws ErrPruneHeight.
   */
  prune(retainHeight: number): number {
    this.checkRetainHeight(retainHeight);
    const pruned = retainHeight - this.#base;
    while (this.#base < retainHeight) {
      const to = Math.min(this.#base + PRUNE_SLICE, retainHeight);
      this.#database.write((batch) => removeHeights(batch, this.#base, to));
      this.#base = to;
    }
    return pruned;
  }
}

const perHeight = [
  KeyKind.blockMeta,
  KeyKind.blockPart,
  KeyKind.canonicalCommit,
  KeyKind.seenCommit,
  KeyKind.responses,
] as const;

function removeHeights(batch: DatabaseBatch, from: number, to: number): void {
  for (const kind of perHeight) {
    // Below the base there may be the commit of the height before it.
    const start = kind === KeyKind.canonicalCommit ? Math.max(from - 1, 0) : from;
    for (const key of Array.from(batch.keys(heightRange(kind, start, to)))) batch.delete(key);
  }
}
