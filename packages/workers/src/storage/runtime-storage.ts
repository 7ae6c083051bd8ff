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
   * Makes sure that what is here belongs to the chain: it is the state of a block, or that of the genesis
   * round, or what an earlier chain has left and this one begins with. Where nothing is here yet, the state
   * of the genesis round is put in. `known` gives the blocks of the history. Throws ErrStorage where only
   * others could bring that state, and where there is another one.
   */
  initialize(genesis: Header, known: (round: bigint) => Header | undefined = () => undefined): void {
    this.#state = "initializing genesis";
    const latest = this.lastSynced;
    if (latest === undefined) this.#addGenesis(genesis);
    else if (!this.#isState(known(latest), genesis)) this.#joinGenesis(latest, genesis);
    this.#state = "syncing rounds";
  }

  #addGenesis(genesis: Header): void {
    const { io, state } = rootsOfHeader(genesis);
    if (state.hash !== EMPTY_HASH || io.hash !== EMPTY_HASH) {
      throw new WadiError(ErrStorage, { context: `the genesis state ${state.hash} is not at hand` });
    }
    this.#add(emptyRoot(this.#runtimeId, genesis.round, RootType.io), io, NO_CHANGES);
    this.#add(emptyRoot(this.#runtimeId, genesis.round, RootType.state), state, NO_CHANGES);
    this.database.finalize([io, state]);
  }

  #isState(header: Header | undefined, genesis: Header): boolean {
    if (header === undefined || header.round < genesis.round) return false;
    return this.database.hasRoot(rootsOfHeader(header).state);
  }

  /** What is here is from an earlier chain, or ahead of the history. */
  #joinGenesis(latest: bigint, genesis: Header): void {
    const { io, state } = rootsOfHeader(genesis);
    if (latest >= genesis.round) {
      // Where the genesis round is pruned there is nothing to compare with.
      if (this.firstKept > genesis.round || this.database.hasRoot(state)) return;
      throw new WadiError(ErrStorage, { context: "existing state is incompatible with runtime genesis state" });
    }
    const at = (version: bigint): Root => ({ ...state, version });
    if (!this.database.hasRoot(at(latest))) {
      throw new WadiError(ErrStorage, { context: `the genesis state ${state.hash} is not at hand` });
    }
    for (let version = latest + 1n; version <= genesis.round; version++) {
      this.#add(at(version - 1n), at(version), NO_CHANGES);
      if (version < genesis.round) this.database.finalize([at(version)]);
    }
    this.#add(emptyRoot(this.#runtimeId, genesis.round, RootType.io), io, NO_CHANGES);
    this.database.finalize([io, state]);
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
