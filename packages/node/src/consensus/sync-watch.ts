// Whether a node is at the head of its chain: its last block is young, or nobody else makes blocks.
// Once it was it counts as synced for good. Reference: go/consensus/cometbft/full/full.go (syncWorker).
import { addressOfKey } from "@wadi/comet-types";
import type { ValidatorNode } from "@wadi/consensus";
import type { PublicKey } from "@wadi/crypto";

const MAX_AGE_MS = 60_000;
const NANOS_PER_MS = 1_000_000n;

export class SyncWatch {
  /** Resolves when the node is synced. */
  readonly synced: Promise<void>;
  readonly #node: Pick<ValidatorNode, "engine" | "host">;
  readonly #consensusKey: PublicKey;
  readonly #resolve: () => void;
  #isSynced = false;

  constructor(node: Pick<ValidatorNode, "engine" | "host">, consensusKey: PublicKey) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#resolve = resolve;
    this.#node = node;
    this.#consensusKey = consensusKey;
    this.#look();
    // Between blocks a chain only gets older.
    const end = node.engine.subscribe((notice) => {
      if (notice.kind === "block" && this.#look()) end();
    });
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  #look(): boolean {
    if (this.#isSynced) return true;
    const { engine, host } = this.#node;
    const { initialHeight, lastHeight } = host.machine;
    const validators = engine.states.loadValidators(Math.max(lastHeight + 1, initialHeight));
    const isAlone = validators.size === 1 && validators.has(addressOfKey(this.#consensusKey));
    const time = lastHeight === 0 ? undefined : engine.blocks.loadHeader(lastHeight)?.time;
    const isYoung = time !== undefined && BigInt(Date.now()) - time / NANOS_PER_MS < MAX_AGE_MS;
    if (!isAlone && !isYoung) return false;
    this.#isSynced = true;
    this.#resolve();
    return true;
  }
}
