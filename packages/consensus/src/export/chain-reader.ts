// Reads the chain of a data directory, also beside the process that works on it.
import { existsSync } from "node:fs";
import { DatabaseStateStore } from "@wadi/apps";
import { openEngineDatabase } from "@wadi/comet";
import { BlockStore } from "@wadi/comet-core";
import { ZERO_NAMESPACE, openNodeDb, type NodeDb } from "@wadi/mkvs";
import type { KvStore } from "@wadi/kv";
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

  /** See `recordedLines`. */
  lines(initialHeight: number, from?: number): Generator<string, void, void> {
    return recordedLines(this.blocks, this.states, initialHeight, from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#database.close(), this.#states[Symbol.asyncDispose]()]);
  }
}
