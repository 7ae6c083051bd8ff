// A runtime that only remembers which transactions it has seen: results follow from the state before
// and the batch, as they do for every sound runtime.
import { EMPTY_HASH, hashOf } from "@wadi/crypto";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

function hashed(...parts: readonly string[]): Hash {
  return hashOf(utf8(parts.join(" ")));
}

export class SimRuntime {
  /** The transactions behind a state. */
  readonly #executed = new Map<Hash, ReadonlySet<Hash>>([[EMPTY_HASH, new Set()]]);
  /** The states that sound executions lead to, by state before and I/O root. */
  readonly #results = new Map<string, Hash>();
  readonly #batches = new Map<Hash, readonly Hash[]>();

  /** Throws for a state that no execution led to. */
  executed(stateRoot: Hash): ReadonlySet<Hash> {
    return must(this.#executed.get(stateRoot), "a state that was executed");
  }

  isResult(previous: roothash.Header, { ioRoot, stateRoot }: roothash.Header): boolean {
    return this.#results.get(`${previous.stateRoot} ${ioRoot}`) === stateRoot;
  }

  /** The transactions of a block with this root. */
  batch(ioRoot: Hash): readonly Hash[] {
    return this.#batches.get(ioRoot) ?? [];
  }

  inputRoot(round: bigint, batch: readonly Hash[]): Hash {
    return hashed("inputs", `${round}`, ...batch);
  }

  execute(previous: roothash.Header, batch: readonly Hash[]): ExecuteTxBatchResponse {
    const round = previous.round + 1n;
    const before = this.executed(previous.stateRoot);
    const added = batch.filter((hash) => !before.has(hash));
    const ioRoot = hashed("io", `${round}`, ...batch);
    const stateRoot = added.length === 0 ? previous.stateRoot : hashed("state", previous.stateRoot, ...added);
    this.#executed.set(stateRoot, new Set([...before, ...added]));
    this.#results.set(`${previous.stateRoot} ${ioRoot}`, stateRoot);
    this.#batches.set(ioRoot, batch);
    return {
      batch: {
        header: {
          round,
          previousHash: roothash.headerHash(previous),
          ioRoot,
          stateRoot,
          messagesHash: roothash.messagesHash([]),
          inMsgsHash: roothash.incomingMessagesHash([]),
          inMsgsCount: 0,
        },
        ioWriteLog: [],
        stateWriteLog: [],
        rakSig: new Uint8Array(0),
        messages: [],
      },
      txHashes: batch,
      txRejectHashes: [],
      txInputRoot: this.inputRoot(round, batch),
      txInputWriteLog: [],
    };
  }
}
