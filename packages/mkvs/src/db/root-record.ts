import type { KvBatch, KvReader } from "@wadi/kv";
import { HASH_SIZE, EMPTY_HASH } from "../node.ts";
import { packRange, writePacked } from "../packed.ts";
import type { Packed } from "../packed.ts";
import {
  ID_SIZE,
  ROOT_TYPED_HASH_AT,
  ROOT_VARIANT_AT,
  logRange,
  nodeRange,
  readId,
  removedOfRoot,
  rootKey,
  rootVariants,
  typedHash,
  writeId,
} from "./keys.ts";
import type { KeyRange } from "./keys.ts";

/** What is known about a root that was committed. */
export interface RootRecord {
  readonly version: bigint;
  /** Type byte and hash. */
  readonly typed: Packed;
  readonly variant: number;
  /** Place of the root node; 0 for the empty tree. */
  readonly rootId: number;
  /** The nodes that this commit wrote: from `firstId` (inclusive) to `endId` (exclusive). */
  readonly firstId: number;
  readonly endId: number;
  readonly finalized: boolean;
  /** Came from a restore that is not finished yet. */
  readonly restored: boolean;
  /** The root that this one was derived from, of the same type. */
  readonly baseVersion: bigint;
  readonly baseHash: Packed;
  /** Place of the base's root node: roots with equal hashes may lie in several places. */
  readonly baseId: number;
}

const FINALIZED = 1;
const RESTORED = 2;
const SIZE = 3 * ID_SIZE + 1 + 8 + HASH_SIZE + ID_SIZE;

export function encodeRootRecord(record: RootRecord): Uint8Array {
  const out = new Uint8Array(SIZE);
  let at = writeId(out, record.rootId, 0);
  at = writeId(out, record.firstId, at);
  at = writeId(out, record.endId, at);
  out[at++] = (record.finalized ? FINALIZED : 0) | (record.restored ? RESTORED : 0);
  new DataView(out.buffer).setBigUint64(at, record.baseVersion);
  writeId(out, record.baseId, writePacked(out, record.baseHash, at + 8));
  return out;
}

function decode(key: Uint8Array, value: Uint8Array): RootRecord {
  const keyView = new DataView(key.buffer, key.byteOffset, key.length);
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const flags = view.getUint8(3 * ID_SIZE);
  return {
    version: keyView.getBigUint64(1),
    typed: packRange(key, ROOT_TYPED_HASH_AT, ROOT_VARIANT_AT),
    variant: keyView.getUint16(ROOT_VARIANT_AT),
    rootId: readId(value, 0),
    firstId: readId(value, ID_SIZE),
    endId: readId(value, 2 * ID_SIZE),
    finalized: (flags & FINALIZED) !== 0,
    restored: (flags & RESTORED) !== 0,
    baseVersion: view.getBigUint64(3 * ID_SIZE + 1),
    baseHash: packRange(value, 3 * ID_SIZE + 9, SIZE - ID_SIZE),
    baseId: readId(value, SIZE - ID_SIZE),
  };
}

export function rootRecords(kv: KvReader, [start, end]: KeyRange): RootRecord[] {
  return Array.from(kv.entries({ start, end }), ({ key, value }) => decode(key, value));
}

/** Any record of the root: those of one version and hash differ in their bases only. */
export function findRoot(kv: KvReader, version: bigint, typed: Packed): RootRecord | undefined {
  const [start, end] = rootVariants(version, typed);
  for (const { key, value } of kv.entries({ start, end, limit: 1 })) return decode(key, value);
  return undefined;
}

/** True if `root` was derived from `base`. */
export function isDerived(root: RootRecord, base: RootRecord): boolean {
  return (
    root.baseHash !== EMPTY_HASH &&
    root.baseId === base.rootId &&
    root.baseVersion === base.version &&
    root.baseHash === base.typed.slice(1) &&
    root.typed[0] === base.typed[0]
  );
}

export function deleteIn(batch: KvBatch, [start, end]: KeyRange): void {
  batch.deleteRange(start, end);
}

/** Deletes a root with its nodes, which no other root of another chain uses. */
export function dropRoot(batch: KvBatch, record: RootRecord): void {
  const { version, typed, variant } = record;
  batch.delete(rootKey(version, typed, variant));
  deleteIn(batch, nodeRange(record.firstId, record.endId));
  deleteIn(batch, removedOfRoot(version, typed, variant));
  const start = typedHash(typed.charCodeAt(0), record.baseHash);
  const others = rootRecords(batch, rootVariants(version, typed)).some((r) => r.baseHash === record.baseHash);
  if (!others) deleteIn(batch, logRange(version, typed, start));
}
