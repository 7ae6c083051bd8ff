// State and transactions of a runtime's rounds on this node.
// Reference: go/worker/storage/committee/worker.go.
import { emptyRoot, applyWriteLog, RootType, WriteLog, type NodeDb, type Root } from "@wadi/mkvs";
import type { Namespace, roothash } from "@wadi/types";
import { EMPTY_HASH } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

import { ErrStorage } from "../errors.ts";

/** As `control status` shows it. */
export type StorageState =
  | "initializing"
  | "starting"
  | "initializing genesis"
  | "sync start check"
  | "syncing checkpoints"
  | "syncing rounds"
  | "stopping";

type Header = roothash.Header;

const NO_CHANGES = new WriteLog(new Map());

export interface RoundRootPair {
  readonly io: Root;
  readonly state: Root;
}

/** The roots that a block names. */
export function rootsOfHeader({ ioRoot, namespace, round: version, stateRoot }: Header): RoundRootPair {
  return {
    io: { namespace, version, type: RootType.io, hash: ioRoot },
    state: { namespace, version, type: RootType.state, hash: stateRoot },
  };
}

/** Brings the write log between two roots from somebody who has it. */
export type FetchDiff = (source: Root, destination: Root, signal: AbortSignal) => Promise<WriteLog>;

export class RuntimeStorage {
  readonly database: NodeDb;
  readonly #runtimeId: Namespace;
  readonly #fetch: FetchDiff;
  #state: StorageState = "initializing";

  constructor(database: NodeDb, runtimeId: Namespace, fetch: FetchDiff) {
    this.database = database;
    this.#runtimeId = runtimeId;
    this.#fetch = fetch;
  }

  get state(): StorageState {
    return this.#state;
  }

  /** The first round whose state is kept; 0n before there is any. */
  get firstKept(): bigint {
    return this.database.earliestVersion();
  }

  /** The last round that is complete; undefined before the first. */
  get lastSynced(): bigint | undefined {
    return this.database.latestVersion();
  }

  /**
   * Puts in the state of the genesis round if nothing is there yet. Throws ErrStorage where that
   * state is not empty, as only others could bring it.
   */
  initialize(genesis: Header): void {
    this.#state = "initializing genesis";
    if (this.lastSynced === undefined) {
      const { io, state } = rootsOfHeader(genesis);
      if (state.hash !== EMPTY_HASH || io.hash !== EMPTY_HASH) {
        throw new WadiError(ErrStorage, { context: `the genesis state ${state.hash} is not at hand` });
      }
      this.#add(emptyRoot(this.#runtimeId, genesis.round, RootType.io), io, NO_CHANGES);
      this.#add(emptyRoot(this.#runtimeId, genesis.round, RootType.state), state, NO_CHANGES);
      this.database.finalize([io, state]);
    }
    this.#state = "syncing rounds";
  }

  /** Whether a block's round is complete. */
  has({ round }: Header): boolean {
    const { lastSynced } = this;
    return lastSynced !== undefined && lastSynced >= round;
  }

  /**
   * Completes the round of a block: what the executor stored is finalized, what is missing is
   * fetched. `previous` is the block before it. Rejects with what fetching and the database give.
   */
  async sync(header: Header, previous: Header, signal: AbortSignal): Promise<void> {
    if (this.has(header)) return;
    const { io, state } = rootsOfHeader(header);
    await this.#complete(emptyRoot(this.#runtimeId, header.round, RootType.io), io, signal);
    await this.#complete(rootsOfHeader(previous).state, state, signal);
    this.database.finalize([io, state]);
  }

  async #complete(source: Root, destination: Root, signal: AbortSignal): Promise<void> {
    if (this.database.hasRoot(destination)) return;
    const log = source.hash === destination.hash ? NO_CHANGES : await this.#fetch(source, destination, signal);
    this.#add(source, destination, log);
  }

  #add(source: Root, destination: Root, writeLog: WriteLog): void {
    applyWriteLog(this.database, { source, destination, writeLog });
  }

  stop(): void {
    this.#state = "stopping";
  }
}
