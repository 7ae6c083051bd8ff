// The stored chain as the evidence pool looks at it.
import type { EvidenceChain } from "../evidence/ports.ts";
import type { BlockStore } from "./block-store.ts";
import type { StateStore } from "./state-store.ts";

export function storedChain({ blocks, states }: { blocks: BlockStore; states: StateStore }): EvidenceChain {
  return {
    get height() {
      return blocks.height;
    },
    loadHeader: (height) => blocks.loadHeader(height),
    loadCommit: (height) => blocks.loadCommit(height),
    loadValidators: (height) => states.loadValidators(height),
  };
}
