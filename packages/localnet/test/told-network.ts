// What a network told the outside over all its lives, and whether it still says so: every block of
// consensus and every round is what it was, rounds follow each other without a gap, and every
// transaction that a client was told to be final is in its round with its result.
import assert from "node:assert/strict";
import { Consensus, ROUND_LATEST, RuntimeClient } from "@wadi/api";
import { hashOf } from "@wadi/crypto";
import type { RpcConnection } from "@wadi/rpc";
import { roothash, type Namespace } from "@wadi/types";
import { must, toHex } from "@wadi/util";

import { getArguments } from "./key-value.ts";

/** A client was told that its transaction is in this round. */
export interface FinalTransaction {
  readonly key: string;
  readonly round: number;
  readonly hash: string;
  /** In hex. */
  readonly output: string;
}

/** A network that runs, as clients have it. */
export interface CalledNetwork {
  readonly connection: RpcConnection;
  readonly runtimeId: Namespace;
  /** Ends calls: one that begins when the network is gone may wait for it to come back. */
  readonly signal: AbortSignal;
}

interface ToldRound {
  readonly hash: string;
  readonly previousHash: string;
  readonly stateRoot: string;
  readonly ioRoot: string;
}

interface ToldBlock {
  readonly hash: string;
  /** After the block before. */
  readonly stateRoot: string;
}

/** What a look at a network covers. */
export interface Extent {
  /** Rounds and blocks from here on, and transactions in them. */
  readonly round: number;
  readonly height: number;
  /** The last so many keys are looked up in the state. */
  readonly keys: number;
}

export class ToldNetwork {
  readonly final: FinalTransaction[] = [];
  /** By round; without a gap up to the last one that was looked at. */
  readonly #rounds: ToldRound[] = [];
  readonly #blocks: ToldBlock[] = [];
  /** Rounds below were looked at while the network ran that had made them before. */
  #checkedRounds = 0;
  #checkedHeight = 0;

  get rounds(): number {
    return this.#rounds.length;
  }

  /** Takes down what the network tells from now on; resolves when its streams have ended. */
  async listen({ connection, runtimeId, signal }: CalledNetwork): Promise<void> {
    const rounds = async (): Promise<void> => {
      const stream = connection.of(RuntimeClient).WatchBlocks(runtimeId, { signal });
      for await (const { block } of stream) this.#addRound(must(block));
    };
    const blocks = async (): Promise<void> => {
      const stream = connection.of(Consensus).WatchBlocks(undefined, { signal });
      for await (const block of stream) this.#addBlock(block.height, block);
    };
    await Promise.all([rounds(), blocks()]);
  }

  /** What has to be looked at after a start: what was made in the life before. */
  get sinceLastLook(): Pick<Extent, "round" | "height"> {
    return { round: this.#checkedRounds, height: this.#checkedHeight };
  }

  /** Asks a network that has just started for what was told before. Throws what differs. */
  async look(network: CalledNetwork, { height, keys, round }: Extent): Promise<void> {
    // Before the first answer: this life makes and tells new ones meanwhile.
    const [final, toldRounds, toldHeight] = [[...this.final], this.#rounds.length, this.#blocks.length - 1];
    await this.#lookAtRounds(network, round, toldRounds - 1, final);
    await this.#lookAtBlocks(network, Math.max(1, height), toldHeight);
    const { connection, runtimeId, signal } = network;
    const client = connection.of(RuntimeClient);
    for (const { key } of final.slice(-keys)) {
      const request = { runtimeId, component: null, round: ROUND_LATEST, method: "get", args: getArguments(key) };
      const answer = await client.Query(request, { signal });
      const text = Buffer.from(answer.data ?? []).toString("latin1");
      assert.ok(text.includes("written"), `${key} is not in the state`);
    }
    // The last ones may have been told in this life; they are looked at in the next one.
    this.#checkedRounds = Math.max(0, toldRounds - 1);
    this.#checkedHeight = Math.max(0, toldHeight);
  }

  async #lookAtRounds(
    { connection, runtimeId, signal }: CalledNetwork,
    from: number,
    told: number,
    final: readonly FinalTransaction[],
  ): Promise<void> {
    const client = connection.of(RuntimeClient);
    const latest = Number((await client.GetBlock({ runtimeId, round: ROUND_LATEST }, { signal })).header.round);
    const last = Math.max(told, ...final.map(({ round }) => round));
    assert.ok(latest >= last, `round ${last} is lost: the latest one is ${latest}`);
    const seen = new Set<string>();
    for (let round = from; round <= latest; round++) {
      const at = { runtimeId, round: BigInt(round) };
      this.#addRound(await client.GetBlock(at, { signal }));
      const transactions = new Map<string, string>();
      for (const one of (await client.GetTransactionsWithResults(at, { signal })) ?? []) {
        const { result, tx } = must(one);
        transactions.set(hashOf(tx), toHex(result ?? new Uint8Array(0)));
      }
      for (const one of final.filter((each) => each.round === round)) {
        assert.equal(transactions.get(one.hash), one.output, `${one.key} was final in round ${round}`);
      }
      for (const hash of transactions.keys()) {
        assert.ok(!seen.has(hash), `a transaction of round ${round} is in two rounds`);
        seen.add(hash);
      }
    }
  }

  async #lookAtBlocks({ connection, signal }: CalledNetwork, from: number, told: number): Promise<void> {
    const client = connection.of(Consensus);
    const { latestHeight } = await client.GetStatus(undefined, { signal });
    assert.ok(latestHeight >= told, `block ${told} is lost: the latest one is ${latestHeight}`);
    for (let height = from; height <= latestHeight; height++) {
      this.#addBlock(height, await client.GetBlock(height, { signal }));
    }
  }

  /** A round that is known, or the one after it; streams leave out what came before they began. */
  #addRound({ header }: roothash.Block): void {
    const round = Number(header.round);
    const { ioRoot, previousHash, stateRoot } = header;
    const told = { hash: roothash.headerHash(header), previousHash, stateRoot, ioRoot };
    assert.deepEqual(told, this.#rounds[round] ?? told, `round ${round} has changed`);
    const previous = this.#rounds[round - 1];
    if (previous !== undefined) assert.equal(previousHash, previous.hash, `round ${round} follows another`);
    this.#rounds[round] = told;
  }

  #addBlock(
    height: number,
    { hash, stateRoot }: { readonly hash: string; readonly stateRoot: { hash: string } },
  ): void {
    const told = { hash, stateRoot: stateRoot.hash };
    assert.deepEqual(told, this.#blocks[height] ?? told, `block ${height} has changed`);
    this.#blocks[height] = told;
  }
}
