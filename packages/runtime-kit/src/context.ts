// What runtime code is given. Every member is the same on all nodes that run the block, except in
// checks and queries, whose results do not become part of it.
import type { Address, Namespace, roothash } from "@wadi/types";
import type { EventKind } from "./events.ts";
import type { State } from "./state/state.ts";

export interface QueryContext {
  readonly runtimeId: Namespace;
  /** 64 hex digits, or another text on test networks. */
  readonly chainContext: string;
  /** The last finalized block's header: the block being built comes after it. */
  readonly header: roothash.Header;
  /** The round being built; in checks and queries the one that would be. */
  readonly round: bigint;
  readonly epoch: bigint;
  /** Height of the consensus block the batch refers to. */
  readonly consensusHeight: number;
  readonly state: State;
  /** The node operator's settings by name, encoded: only in checks and queries. */
  readonly localConfig: ReadonlyMap<string, Uint8Array>;
}

export interface BlockContext extends QueryContext {
  /** Messages that a block may emit, at most. */
  readonly maxMessages: number;
  /** Results of the messages that the last successful round emitted. */
  readonly messageResults: readonly roothash.MessageEvent[];
  /** Entities whose nodes computed the last successful round well, and badly. */
  readonly goodComputeEntities: readonly string[];
  readonly badComputeEntities: readonly string[];
  /** Emits a message to the consensus layer; its result comes with `index` in the next block. */
  emitMessage(message: roothash.Message): number;
  emit<T>(kind: EventKind<T>, event: T): void;
  /** A tag of the transaction or block; the last value of a key counts. */
  emitTag(key: string | Uint8Array, value: string | Uint8Array): void;
}

export interface CallContext extends BlockContext {
  /** Who sent the transaction, if its format says so; undefined around transactions. */
  readonly caller: Address | undefined;
  /** True where only the validity of a transaction is asked for. */
  readonly isCheck: boolean;
}
