// Gossip of transactions (mempool/v1/reactor.go of the fork): one transaction a message, in order
// of arrival, to every peer that has not sent it and is at most a block behind.
import { MempoolMessage } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { checkMessageSize } from "../gossip/message-size.ts";
import { ErrMempoolMessage } from "./errors.ts";
import type { Mempool, TxOutcome } from "./mempool.ts";
import { txSizeInBlock, type PooledTx } from "./tx.ts";

export const MEMPOOL_CHANNEL = 0x30;

/**
 * Transactions of one message that are looked at. Nodes send one at a time; a message could hold
 * some hundred thousand, which would keep everything else waiting.
 */
export const MAX_TXS_PER_MESSAGE = 64;

/** The message that carries these transactions. */
export function encodeTxs(txs: readonly Uint8Array[]): Uint8Array {
  return MempoolMessage.encode({ sum: { case: "txs", value: { txs } } });
}

/** Transactions of a message, possibly none. Throws errors of `codec/protobuf` and ErrMempoolMessage: disconnect. */
export function decodeTxs(bytes: Uint8Array): readonly Uint8Array[] {
  const { sum } = MempoolMessage.decode(bytes);
  if (sum === undefined) throw new WadiError(ErrMempoolMessage, { context: "unknown or missing message type" });
  return sum.value.txs;
}

/** Longest message of the channel: one transaction of the greatest length, two fields deep. */
export function maxTxsMessageSize(maxTxBytes: number): number {
  return txSizeInBlock(txSizeInBlock(maxTxBytes));
}

interface Connection {
  readonly number: number;
  /** Arrival of the last transaction that the peer has or was sent. */
  cursor: number;
}

/** What each connected peer has been sent. */
export class MempoolGossip {
  readonly #mempool: Mempool;
  readonly #connections = new Map<string, Connection>();
  #nextNumber = 0;

  constructor(mempool: Mempool) {
    this.#mempool = mempool;
  }

  /** A new connection: the peer is taken to have nothing. */
  addPeer(peer: string): void {
    this.removePeer(peer);
    this.#connections.set(peer, { number: this.#nextNumber++, cursor: -1 });
  }

  removePeer(peer: string): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    this.#mempool.forgetSource(connection.number);
    this.#connections.delete(peer);
  }

  /**
   * Checks the transactions of a peer's message, up to MAX_TXS_PER_MESSAGE. What the pool thinks of them never ends the
   * connection; a message that does not parse or is too long does: errors of `codec/protobuf`,
   * ErrMempoolMessage, ErrMessageTooLarge.
   */
  receive(peer: string, message: Uint8Array): TxOutcome[] {
    const source = this.#connections.get(peer)?.number;
    checkMessageSize(message, maxTxsMessageSize(this.#mempool.config.maxTxBytes));
    const txs = decodeTxs(message).slice(0, MAX_TXS_PER_MESSAGE);
    return txs.map((tx) => this.#mempool.checkTx(tx, source));
  }

  /**
   * The next transaction to send, or undefined if the peer has all of them or is too far behind
   * (ask again when the pool or the peer's height changes). Call `sent` once it is on its way.
   */
  next(peer: string, peerHeight: number): PooledTx | undefined {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return undefined;
    for (;;) {
      const entry = this.#mempool.nextArrival(connection.cursor);
      if (entry === undefined || peerHeight < entry.height - 1) return undefined;
      if (!entry.sources.has(connection.number)) return entry;
      connection.cursor = entry.arrival;
    }
  }

  /** The transaction that `next` gave was handed to the transport. */
  sent(peer: string, entry: PooledTx): void {
    const connection = this.#connections.get(peer);
    if (connection !== undefined) connection.cursor = Math.max(connection.cursor, entry.arrival);
  }
}
