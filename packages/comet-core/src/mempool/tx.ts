import type { HexHash } from "@wadi/comet-types";

/** Bytes that a transaction of this length takes in a block's data: tag, length, content. */
export function txSizeInBlock(length: number): number {
  let size = length + 2;
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** A transaction in the pool. Only the pool changes it. */
export interface PooledTx {
  readonly tx: Uint8Array;
  readonly hash: HexHash;
  /** Height after which it was checked first; peers far behind that do not get it yet. */
  readonly height: number;
  /** Grows with every arrival; stands for the time of arrival. */
  readonly arrival: number;
  readonly gasWanted: bigint;
  /** Label given by the application; at most one transaction of each is in the pool. Empty for none. */
  readonly sender: string;
  /** May change when it is checked again. */
  readonly priority: number;
  /** Connections that sent it to us and so need not get it. */
  readonly sources: ReadonlySet<number>;
}
