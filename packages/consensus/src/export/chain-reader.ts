// Reads the chain of a data directory, also beside the process that works on it.
import { existsSync } from "node:fs";
import { DatabaseStateStore } from "@wadi/apps";
import { openEngineDatabase } from "@wadi/comet";
import { BlockStore, ErrOtherChain } from "@wadi/comet-core";
import { chainIdOfContext } from "@wadi/comet-types";
import { ZERO_NAMESPACE, openNodeDb, type NodeDb } from "@wadi/mkvs";
import type { KvStore } from "@wadi/kv";
import { genesis } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { ErrNoChain } from "../errors.ts";
import type { DataDirectory } from "../node/data-dir.ts";
import { recordedLines } from "./recorded-chain.ts";

export class ChainReader implements AsyncDisposable {
  /** As of the opening. */
  readonly blocks: BlockStore;
  readonly states: DatabaseStateStore;
  readonly #database: KvStore;
  readonly #states: NodeDb;

  /** Throws ErrNoChain, and what the databases throw. */
  constructor({ engine, state }: DataDirectory) {
    for (const path of [engine, state]) {
      if (!existsSync(path)) throw new WadiError(ErrNoChain, { context: `there is no ${path}` });
    }
    this.#database = openEngineDatabase(engine, { readOnly: true });
    this.#states = openNodeDb({ path: state, namespace: ZERO_NAMESPACE, readOnly: true });
    this.blocks = new BlockStore(this.#database);
    this.states = new DatabaseStateStore(this.#states);
  }

  /** See `recordedLines`. Throws ErrOtherChain where the blocks are not of this document's network. */
  lines(document: genesis.Document, from?: number): Generator<string, void, void> {
    const header = this.blocks.loadHeader(this.blocks.base);
    const chainId = chainIdOfContext(genesis.genesisChainContext(document));
    if (header !== undefined && header.chainId !== chainId) {
      throw new WadiError(ErrOtherChain, { context: `${header.chainId}, the genesis document's is ${chainId}` });
    }
    return recordedLines(this.blocks, this.states, Number(document.height), from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#database.close(), this.#states[Symbol.asyncDispose]()]);
  }
}
