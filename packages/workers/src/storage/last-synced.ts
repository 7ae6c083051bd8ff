import { LastSyncedRound } from "@wadi/api";
import type { Root } from "@wadi/mkvs";
import type { Hash, Namespace, roothash, storage } from "@wadi/types";

import type { HistoryStore } from "../history/history-store.ts";
import { rootsOfHeader, type RuntimeStorage } from "./runtime-storage.ts";

/** The round before any was completed. */
export const NO_ROUND = 0xffff_ffff_ffff_ffffn;

/** The last complete round with its roots; NO_ROUND and no roots before the first. */
export function lastSyncedRound(
  { lastSynced }: Pick<RuntimeStorage, "lastSynced">,
  history: Pick<HistoryStore, "block">,
): LastSyncedRound {
  const header = lastSynced === undefined ? undefined : history.block(lastSynced)?.block?.header;
  if (header === undefined) return { ...LastSyncedRound.zero(), round: lastSynced ?? NO_ROUND };
  const { io, state } = rootsOfHeader(header);
  return { round: header.round, ioRoot: rootValue(io), stateRoot: rootValue(state) };
}

/** The first block that is kept with its state; undefined where there is none. */
export function lastRetainedBlock(
  { firstKept }: Pick<RuntimeStorage, "firstKept">,
  history: Pick<HistoryStore, "block" | "earliest">,
): roothash.Block | undefined {
  const block = history.earliest?.block ?? undefined;
  if (block === undefined || block.header.round >= firstKept) return block;
  return history.block(firstKept)?.block ?? undefined;
}

function rootValue({ hash, namespace, type: rootType, version }: Root): storage.Root {
  return { ns: namespace as Namespace, version, rootType, hash: hash as Hash };
}
