// What the debugging service does to a network: begin epochs, and wait until nodes are registered.
// Reference: go/oasis-node/cmd/node/node_debug.go.
import { registryApp } from "@wadi/apps";
import { encodeCbor } from "@wadi/codec";
import { stakingAddress, type Signer } from "@wadi/crypto";
import { EpochTime, node, staking, transaction } from "@wadi/types";
import type { ConsensusPort } from "@wadi/workers";

import type { DebuggedNode } from "./services/control.ts";

export class Debugging implements DebuggedNode {
  readonly #consensus: ConsensusPort;
  readonly #signer: Signer;

  /** The signer sends the transactions. */
  constructor(consensus: ConsensusPort, signer: Signer) {
    this.#consensus = consensus;
    this.#signer = signer;
  }

  /**
   * Begins another epoch; only where the beacon is the debugging one. In an epoch for which no validator
   * is registered no block can be made, never again: a leap over registrations goes from one to the next.
   */
  async setEpoch(epoch: bigint): Promise<void> {
    for (let now = this.#epoch(); now < epoch; now = this.#epoch()) {
      const reach = this.#registeredUntil();
      if (reach === undefined || reach >= epoch) break;
      if (reach > now) await this.#beginEpoch(reach);
      else await this.#makeBlock();
    }
    await this.#beginEpoch(epoch);
  }

  /** Resolves after the block with which so many nodes are registered; rejects with the signal's reason. */
  async waitNodesRegistered(count: number, signal: AbortSignal): Promise<void> {
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#nodes().length >= count) resolve();
    };
    const abort = (): void => reject(signal.reason);
    const end = this.#consensus.subscribe(look);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      look();
      await promise;
    } finally {
      end();
      signal.removeEventListener("abort", abort);
    }
  }

  async #beginEpoch(epoch: bigint): Promise<void> {
    const call = { method: transaction.methods.setEpoch.name, body: encodeCbor(EpochTime, epoch) };
    await this.#consensus.submit(this.#signer, call);
    // The epoch begins with the next block, which may need something to be made for.
    while (this.#epoch() < epoch) await this.#makeBlock();
  }

  /** Makes a block by having nothing done. */
  async #makeBlock(): Promise<void> {
    const to = stakingAddress(this.#signer.publicKey);
    const body = encodeCbor(staking.Transfer, { to, amount: 0n });
    await this.#consensus.submit(this.#signer, { method: transaction.methods.stakingTransfer.name, body });
  }

  #epoch(): bigint {
    return this.#consensus.backend.status().latestEpoch;
  }

  #nodes(): readonly node.Node[] {
    const { machine } = this.#consensus.backend;
    return machine.lastHeight === 0 ? [] : registryApp.registryQueries.nodes(machine.stateAt(0));
  }

  /** The last epoch for which there is a validator; undefined where no node is registered as one. */
  #registeredUntil(): bigint | undefined {
    return this.#nodes()
      .filter(({ roles }) => (roles & node.roles.validator) !== 0)
      .map(({ expiration }) => expiration)
      .reduce<bigint | undefined>((last, one) => (last === undefined || one > last ? one : last), undefined);
  }
}
