// What goes into the execution of a block and what comes out.
import type { KeyValueTree } from "@wadi/mkvs";

import type { BlockInfo } from "./block-context.ts";
import type { BlockResults } from "./block.ts";
import type { EmittedEvent } from "./events.ts";
import type { Tracer } from "./ports.ts";
import type { BlockRoots } from "./system-transactions.ts";

/** A block as the engine hands it over. */
export interface BlockInput extends BlockInfo {
  readonly height: number;
  readonly txs: readonly Uint8Array[];
  /** Tells proposals apart; empty while a proposal is being put together. */
  readonly hash: string;
  /** Hex; only for recognizing an own proposal. */
  readonly nextValidatorsHash?: string;
}

export interface InitChainResult {
  /** Hex; the app hash that the first header carries. */
  readonly appHash: string;
  readonly events: readonly EmittedEvent[];
}

/** Results and roots of an executed block; committing it is another step. */
export interface ExecutedBlock extends BlockResults, BlockRoots {
  readonly height: number;
}

export interface CommitResult {
  readonly height: number;
  /** Hex. */
  readonly appHash: string;
  /** True if the node must stop before the next block. */
  readonly mustStop: boolean;
}

export interface ProposalVerdict {
  readonly accepted: boolean;
  /** Why it was rejected. */
  readonly reason?: unknown;
}

/** How to look at an execution. */
export interface Watch {
  readonly tracer: Tracer;
  wrap?(tree: KeyValueTree): KeyValueTree;
}
