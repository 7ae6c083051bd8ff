// A node's chain in the form of recorded chains, which `parseRecordedBlock` of @wadi/apps reads:
// one JSON object for each block, with the engine's block and responses and what changed in the
// state.
import type { StateStore } from "@wadi/apps";
import type { BlockStore } from "@wadi/comet-core";
import { AbciResponses, type BlockMeta } from "@wadi/comet-types";
import { RootType, Tree, packedToHex, treeChanges } from "@wadi/mkvs";
import { must, toBase64 } from "@wadi/util";

/** Blocks as the engine keeps them. */
export type BlockSource = Pick<BlockStore, "base" | "height" | "loadBytes" | "loadMeta" | "loadResponses">;
/** States as the applications keep them. */
export type StateSource = Pick<StateStore, "at" | "latest">;

/**
 * The lines of the chain, without line ends: from the first block that is kept, or the one of height
 * `from` if that is later, to the last one that was executed. Changes of the state are there where the states on both sides of the block are
 * kept. Throws what the stores throw.
 */
export function* recordedLines(
  blocks: BlockSource,
  states: StateSource,
  initialHeight: number,
  from = 0,
): Generator<string, void, void> {
  const { base, height: last } = blocks;
  const first = Math.max(base, from);
  if (base === 0 || first > last) return;
  let before = first === initialHeight ? Tree.empty(RootType.state) : states.at(BigInt(first - 1));
  let meta = blocks.loadMeta(first);
  for (let height = first; height <= last; height++) {
    // Above the latest one a state may be stored that a crash kept from counting.
    const after =
      states.latest !== undefined && BigInt(height) <= states.latest ? states.at(BigInt(height)) : undefined;
    const next = height === last ? undefined : blocks.loadMeta(height + 1);
    const stateRoot = next?.header.appHash ?? after?.syncRoot.hash;
    // The last block may wait for its execution.
    if (stateRoot === undefined) return;
    const record = recordOf(blocks, must(meta), stateRoot);
    const writes = before === undefined || after === undefined ? undefined : writesOf(before, after);
    yield JSON.stringify(writes === undefined ? record : { ...record, writes });
    before = after;
    meta = next;
  }
}

interface BlockRecord {
  readonly height: number;
  readonly block: string;
  readonly block_hash: string;
  readonly app_hash_before: string;
  readonly abci_responses: string;
  readonly state_root: string;
}

function recordOf(blocks: BlockSource, { blockId, header }: BlockMeta, stateRoot: string): BlockRecord {
  const { appHash, height } = header;
  return {
    height,
    block: toBase64(must(blocks.loadBytes(height))),
    block_hash: blockId.hash,
    app_hash_before: appHash,
    abci_responses: toBase64(AbciResponses.encode(must(blocks.loadResponses(height)))),
    state_root: stateRoot,
  };
}

function writesOf(before: Tree, after: Tree): (readonly [key: string, value: string | null])[] {
  return treeChanges(before, after).map(({ key, after: value }) => [
    packedToHex(key),
    value === undefined ? null : packedToHex(value),
  ]);
}
