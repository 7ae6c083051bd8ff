// Stored blocks for gossip, which asks for the same commit again with every vote that it picks.
import type { Commit, PartSetHeader } from "@wadi/comet-types";
import { LruMap } from "@wadi/util";
import type { StoredBlocks } from "./gossip-data.ts";

/** Peers that are behind are mostly at a few heights. */
const HEIGHTS = 16;

/** Remembers what does not change any more: commits that a block carries, and headers of part sets. */
export function rememberedBlocks(blocks: StoredBlocks): StoredBlocks {
  const commits = new LruMap<number, Commit>(HEIGHTS);
  const headers = new LruMap<number, PartSetHeader>(HEIGHTS);
  return {
    get base() {
      return blocks.base;
    },
    get height() {
      return blocks.height;
    },
    loadPart: (height, index) => blocks.loadPart(height, index),
    loadSeenCommit: (height) => blocks.loadSeenCommit(height),
    loadCommit: (height) => remembered(commits, height, () => blocks.loadCommit(height)),
    loadPartSetHeader: (height) => remembered(headers, height, () => blocks.loadPartSetHeader(height)),
  };
}

function remembered<T>(known: LruMap<number, T>, height: number, load: () => T | undefined): T | undefined {
  const value = known.get(height) ?? load();
  if (value !== undefined) known.set(height, value);
  return value;
}
