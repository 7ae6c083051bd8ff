// A runtime as its clients see it: transactions are submitted and waited for, state is asked about, and
// what blocks hold is read. Reference: go/worker/client/committee/node.go.
import { RootType, Tree, readTags, readTransactions, type NodeDb } from "@wadi/mkvs";
import { queryRuntime, type HostedRuntime } from "@wadi/runtime-host";
import type { Hash, roothash } from "@wadi/types";

import type { RuntimeBlock } from "../runtime-block.ts";
import type { TransactionPool } from "../txpool/transaction-pool.ts";
import { AwaitedResults, type TransactionResult } from "./awaited-results.ts";

export interface ClientDeps {
  readonly pool: Pick<TransactionPool, "submit" | "used">;
  readonly runtime: Pick<HostedRuntime, "request">;
  /** State and transactions of the rounds. */
  readonly storage: NodeDb;
}

/** Disposing of it tells whoever waits that nothing will come. */
export class ClientWorker implements Disposable {
  readonly #deps: ClientDeps;
  readonly #awaited = new AwaitedResults();
  readonly #stop = new AbortController();

  constructor(deps: ClientDeps) {
    this.#deps = deps;
  }

  /** Waits until the transaction is executed; rejects where its check fails, and with the signal's reason. */
  async submit(raw: Uint8Array, signal?: AbortSignal): Promise<TransactionResult> {
    signal?.throwIfAborted();
    this.#stop.signal.throwIfAborted();
    // Waiting begins before the check ends: the block may be there right after it.
    const { giveUp, result } = this.#awaited.wait(raw);
    const abort = (): void => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      // Who gives up does not wait for the check either.
      await Promise.race([this.#deps.pool.submit(raw), result]);
      return await result;
    } catch (e) {
      giveUp(e);
      throw e;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Asks the runtime about the state of a round. */
  query(at: RuntimeBlock, method: string, args: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return queryRuntime(this.#deps.runtime, at.request, { method, args }, signal === undefined ? {} : { signal });
  }

  /** The transactions of a block with what they gave. */
  transactions(block: roothash.Block): ReturnType<typeof readTransactions> {
    return readTransactions(this.#tree(block));
  }

  tags(block: roothash.Block): ReturnType<typeof readTags> {
    return readTags(this.#tree(block));
  }

  /** The state of a block is here: whoever waits for one of its transactions is told. */
  blockCompleted(block: roothash.Block): void {
    if (this.#awaited.size === 0) return;
    const found = this.#awaited.look(block.header.round, this.#tree(block));
    if (found.length > 0) this.#deps.pool.used(found);
  }

  /** A transaction will not come into a block. */
  dropped(hash: Hash, error: Error): void {
    this.#awaited.fail(hash, error);
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("the node stops"));
    this.#awaited.giveUpAll(this.#stop.signal.reason);
  }

  #tree({ header }: roothash.Block): Tree {
    const { ioRoot: hash, namespace, round: version } = header;
    return new Tree(this.#deps.storage, { namespace, version, type: RootType.io, hash });
  }
}
