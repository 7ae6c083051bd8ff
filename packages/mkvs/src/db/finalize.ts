// Making a version final (go/storage/mkvs/db/pathbadger, Finalize): the chosen roots stay, all
// other roots of the version go with everything that was derived from them.
import type { KvBatch, KvReader } from "@wadi/kv";
import { ErrAlreadyFinalized, ErrInvalidMultipartVersion, ErrNotFinalized, ErrRootNotFound, fail } from "../errors.ts";
import { hasEmptyHash, rootTypeName } from "../root.ts";
import type { Root } from "../root.ts";
import type { DatabaseState } from "./database-state.ts";
import { decodeIds } from "./id-list.ts";
import { nodeKey, removedOfRoot, rootKey, rootsOfVersion } from "./keys.ts";
import { deleteIn, dropRoot, encodeRootRecord, isDerived, rootRecords } from "./root-record.ts";
import type { RootRecord } from "./root-record.ts";

/** Throws unless `roots` can be made final; returns their version. */
export function checkFinalize(state: DatabaseState, roots: readonly Root[]): bigint {
  state.checkWritable();
  const [first] = roots;
  if (first === undefined) return state.refuse("need at least one root to finalize");
  const { version } = first;
  const { multipart, lastFinalized } = state.metadata;
  if (multipart !== null && multipart.version !== version) fail(ErrInvalidMultipartVersion);
  if (lastFinalized !== null) {
    if (version <= lastFinalized) fail(ErrAlreadyFinalized);
    if (multipart === null && lastFinalized + 1n !== version) fail(ErrNotFinalized);
  }
  const types = new Set<number>();
  for (const root of roots) {
    state.checkNamespace(root);
    if (root.version !== version) state.refuse("roots to finalize don't have matching versions");
    if (types.has(root.type)) state.refuse(`only one root of type '${rootTypeName(root.type)}' may be finalized`);
    types.add(root.type);
  }
  return version;
}

/** Makes roots final that are all stored; one transaction. */
export function finalizeStored(state: DatabaseState, roots: readonly Root[], version: bigint): void {
  const restoring = state.metadata.multipart !== null;
  const known = rootRecords(state.kv, rootsOfVersion(version));
  const winners: RootRecord[] = [];
  for (const root of roots) {
    const typed = state.typed(root);
    const record = known.find((r) => r.typed === typed && r.restored === restoring);
    if (record !== undefined) winners.push(record);
    else if (!hasEmptyHash(root)) fail(ErrRootNotFound);
  }
  const settled: bigint[] = [];
  state.update((batch) => {
    const { metadata } = state;
    const kept = withAncestors(batch, winners);
    const earlierVersions = Array.from(state.pendingVersions).filter((v) => v < version);
    const earlier = earlierVersions.flatMap((v) => rootRecords(batch, rootsOfVersion(v)));
    dropLosers(batch, [...earlier, ...known], kept, version, settled);
    for (const record of kept) {
      if (record.version === version) {
        const final = { ...record, finalized: true, restored: false };
        batch.put(rootKey(version, record.typed, record.variant), encodeRootRecord(final));
      } else {
        batch.delete(rootKey(record.version, record.typed, record.variant));
      }
      // What the first finalized version does not use was never visible to anyone.
      const isFirst = metadata.lastFinalized === null && record.baseVersion < version;
      if (isFirst || record.version < version) deleteRemoved(batch, record);
    }
    settled.push(...earlierVersions);
    const earliest = metadata.lastFinalized === null ? version : metadata.earliest;
    return { ...metadata, earliest, lastFinalized: version, multipart: null };
  });
  for (const done of settled) state.pendingVersions.delete(done);
  state.pendingVersions.delete(version);
}

/** The roots and everything not yet final that they were derived from. */
function withAncestors(kv: KvReader, winners: readonly RootRecord[]): Set<RootRecord> {
  const kept = new Set<RootRecord>();
  for (const winner of winners) {
    let record: RootRecord | undefined = winner;
    while (record !== undefined && !record.finalized) {
      kept.add(record);
      const child: RootRecord = record;
      record = rootRecords(kv, rootsOfVersion(child.baseVersion)).find((r) => isDerived(child, r));
    }
  }
  return kept;
}

/** Deletes the candidates that are not kept, then what later versions built on them. */
function dropLosers(
  batch: KvBatch,
  candidates: readonly RootRecord[],
  kept: ReadonlySet<RootRecord>,
  version: bigint,
  settled: bigint[],
): void {
  const keptIds = new Set(Array.from(kept, identity));
  let losers = candidates.filter((r) => !r.finalized && !keptIds.has(identity(r)));
  for (const loser of losers) dropRoot(batch, loser);
  for (let at = version + 1n; losers.length > 0; at++) {
    const later = rootRecords(batch, rootsOfVersion(at));
    losers = orphans(later, losers);
    for (const loser of losers) dropRoot(batch, loser);
    if (losers.length > 0 && losers.length === later.length) settled.push(at);
  }
}

/** The roots of one version that hang on roots of the version before that are gone. */
function orphans(records: readonly RootRecord[], lost: readonly RootRecord[]): RootRecord[] {
  const gone = new Set<RootRecord>();
  // Roots of one version may hang on each other, in any order.
  for (let before = -1; before !== gone.size;) {
    before = gone.size;
    for (const record of records) {
      if ([...lost, ...gone].some((base) => isDerived(record, base))) gone.add(record);
    }
  }
  return [...gone];
}

const identity = (r: RootRecord): string => `${r.version}:${r.variant}:${r.typed}`;

/** Deletes the nodes of the base that the root does not use. */
export function deleteRemoved(batch: KvBatch, { version, typed, variant }: RootRecord): void {
  const range = removedOfRoot(version, typed, variant);
  const ids: number[] = [];
  for (const { value } of batch.entries({ start: range[0], end: range[1] })) ids.push(...decodeIds(value));
  for (const id of ids) batch.delete(nodeKey(id));
  deleteIn(batch, range);
}
