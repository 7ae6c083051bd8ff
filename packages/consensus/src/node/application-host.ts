// The applications of a running node: their state on disk, the machine over it, and what is done
// beside blocks (pruning, checkpoints, pending upgrades).
import { join } from "node:path";
import {
  DatabaseStateStore,
  StateUpkeep,
  UpgradeManager,
  networkStateMachine,
  networkVerifier,
  timeOfNanos,
  type ApplicationOptions,
  type DebugSwitches,
  type HaltConfig,
  type LocalPolicy,
  type ProposalSigner,
  type MayPrune,
  type PruneStrategy,
  type StateMachine,
  type UpgradeNotice,
} from "@wadi/apps";
import type { BlockStore } from "@wadi/comet-core";
import type { TimeNs } from "@wadi/comet-types";
import { LmdbStore, MemoryStore } from "@wadi/kv";
import { FileCheckpointStore, ZERO_NAMESPACE, openNodeDb, treesOf, type NodeDb } from "@wadi/mkvs";
import type { genesis, upgrade } from "@wadi/types";

import { NodeApplication } from "../node-application.ts";
import { AwaitedTransactions } from "../submission/awaited-transactions.ts";
import type { DataDirectory } from "./data-dir.ts";
import { KvUpgradeStore } from "./kv-upgrade-store.ts";
import { UpkeepService, defaultUpkeep, type UpkeepOptions } from "./upkeep-service.ts";

export interface ApplicationHostOptions extends ApplicationOptions {
  readonly document: genesis.Document;
  /** The consensus key. */
  readonly signer: ProposalSigner;
  readonly debug?: DebugSwitches & { readonly allowTestKeys?: boolean };
  readonly halt?: HaltConfig;
  readonly local?: LocalPolicy;
  /** Default: nothing is pruned. */
  readonly prune?: PruneStrategy;
  readonly upkeep?: UpkeepOptions;
  /** Whether checkpoints of the state are made (default), where there is a directory for them. */
  readonly makesCheckpoints?: boolean;
  /** Heap bytes for nodes of the state tree (default 64 MiB). */
  readonly cacheBytes?: number;
  /** Bytes of each database file that may be resident memory (default 64 MiB). */
  readonly residentBytes?: number;
  /**
   * Have the state on disk after every block (default: no, as the reference). Without it a failure
   * of the machine, not of the process, may damage the state's database; removed, it is made again
   * from the blocks, if none were pruned.
   */
  readonly syncState?: boolean;
  readonly events?: ApplicationHostEvents;
}

/** What an operator may want to hear of. */
export interface ApplicationHostEvents {
  proposalRejected?(height: number, reason: unknown): void;
  upgrade?(notice: UpgradeNotice, descriptor: upgrade.Descriptor): void;
  upkeepFailed?(what: "pruning" | "checkpoint", error: unknown): void;
}

export class ApplicationHost implements AsyncDisposable {
  readonly machine: StateMachine;
  readonly application: NodeApplication;
  /** The states, for whoever proves what they hold. */
  readonly database: NodeDb;
  /** What this node stops for, or does itself. */
  readonly upgrades: UpgradeManager;
  /** Transactions that somebody waits for. */
  readonly awaited = new AwaitedTransactions();
  readonly #resources: AsyncDisposableStack;
  readonly #upkeep: StateUpkeep;
  readonly #options: ApplicationHostOptions;

  /**
   * Opens the state in the directory, whose folders must exist, or in memory without one. `blocks`
   * tells the time of the last block. Rejects with what the databases throw, BlockFailure for the state of another network,
   * and (`unknown`, 1) where an upgrade is due that needs another program.
   */
  static async open(
    directory: DataDirectory | undefined,
    blocks: Pick<BlockStore, "loadHeader">,
    options: ApplicationHostOptions,
  ): Promise<ApplicationHost> {
    await using resources = new AsyncDisposableStack();
    const values = resources.use(
      directory === undefined
        ? new MemoryStore()
        : new LmdbStore({ path: join(directory.persistentStore, "values.mdb") }),
    );
    const upgrades = new UpgradeManager({
      store: new KvUpgradeStore(values),
      notify: (notice, descriptor) => options.events?.upgrade?.(notice, descriptor),
    });
    const database = resources.use(
      openNodeDb({
        ...(directory && { path: directory.state }),
        ...(options.cacheBytes !== undefined && { cacheBytes: options.cacheBytes }),
        ...(options.residentBytes !== undefined && { residentBytes: options.residentBytes }),
        namespace: ZERO_NAMESPACE,
        noFsync: options.syncState !== true,
        discardWriteLogs: true,
      }),
    );
    const { latest } = new DatabaseStateStore(database);
    const lastHeader = latest === undefined ? undefined : blocks.loadHeader(Number(latest));
    const machine = openMachine(database, upgrades, lastHeader?.time, options);
    upgrades.startUp();
    if (machine.lastHeight > 0) machine.announceState();
    const upkeep = new StateUpkeep({
      database,
      strategy: options.prune ?? { kind: "none" },
      initialHeight: machine.initialHeight,
      ...(directory &&
        options.makesCheckpoints !== false && {
          checkpoints: new FileCheckpointStore(directory.checkpoints, treesOf(database)),
        }),
    });
    return new ApplicationHost({ machine, database, upgrades, upkeep, options, resources: resources.move() });
  }

  private constructor(parts: {
    readonly machine: StateMachine;
    readonly database: NodeDb;
    readonly upgrades: UpgradeManager;
    readonly upkeep: StateUpkeep;
    readonly options: ApplicationHostOptions;
    readonly resources: AsyncDisposableStack;
  }) {
    const { machine, options, resources, upkeep } = parts;
    this.machine = machine;
    this.database = parts.database;
    this.upgrades = parts.upgrades;
    this.#upkeep = upkeep;
    this.#options = options;
    this.#resources = resources;
    this.application = new NodeApplication(machine, {
      signer: options.signer,
      retainHeight: () => upkeep.retainedHeight,
      onInvalidated: (raw, error) => this.awaited.invalidated(raw, error),
      onRejected: (height, reason) => options.events?.proposalRejected?.(height, reason),
    });
  }

  /** Asks before the state of a height is pruned; a refusal stops pruning before it. */
  onPrune(mayPrune: MayPrune): void {
    this.#upkeep.onPrune(mayPrune);
  }

  /** What runs beside blocks; once, after the handshake. */
  start(): void {
    const { events = {}, upkeep = defaultUpkeep } = this.#options;
    const onFailure = (what: "pruning" | "checkpoint", error: unknown): void => events.upkeepFailed?.(what, error);
    this.#resources.use(new UpkeepService({ upkeep: this.#upkeep, machine: this.machine, onFailure }, upkeep));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

function openMachine(
  database: NodeDb,
  upgrader: UpgradeManager,
  lastBlockTime: TimeNs | undefined,
  options: ApplicationHostOptions,
): StateMachine {
  const { debug, document, halt, local } = options;
  return networkStateMachine({
    ...options,
    store: new DatabaseStateStore(database),
    verifier: networkVerifier(document, { allowTestKeys: debug?.allowTestKeys === true }),
    upgrader,
    ...(lastBlockTime === undefined ? {} : { lastBlockTime: timeOfNanos(lastBlockTime) }),
    ...(debug === undefined ? {} : { debug }),
    ...(halt === undefined ? {} : { halt }),
    ...(local === undefined ? {} : { local }),
  });
}
