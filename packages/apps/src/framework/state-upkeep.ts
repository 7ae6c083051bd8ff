// What happens to kept states beside the execution of blocks: old ones are pruned, checkpoints are
// made for nodes that join. When it happens is the caller's business (the reference looks every
// prune interval and checks for checkpoints every check interval).
// Reference: go/consensus/cometbft/abci/{prune,state}.go.
import {
  Pace,
  runCheckpointer,
  type CheckpointRun,
  type CheckpointTrigger,
  type FileCheckpointStore,
  type NodeDb,
  type PaceOptions,
} from "@wadi/mkvs";
import type { Namespace, consensusGenesis } from "@wadi/types";

import { planPruning, type PruneStrategy } from "./pruning.ts";

/** Whether nobody needs the state of a height any more; the runtimes' histories ask for delay. */
export type MayPrune = (height: number) => boolean;

export interface StateUpkeepOptions {
  readonly database: NodeDb;
  readonly strategy: PruneStrategy;
  /** The genesis height: checkpoints are counted from it. */
  readonly initialHeight: number;
  /** Where checkpoints go; without it none are made. */
  readonly checkpoints?: Pick<FileCheckpointStore, "create" | "delete" | "list">;
  /** They decide what the chunks are: 0 (default), or 12 with `storage.checkpointer.parallel_chunker`. */
  readonly chunkerThreads?: number;
}

type CheckpointParameters = Pick<
  consensusGenesis.Parameters,
  "stateCheckpointInterval" | "stateCheckpointNumKept" | "stateCheckpointChunkSize"
>;

/** Not to be used by two callers at a time, except that pruning and a checkpoint may overlap. */
export class StateUpkeep {
  readonly #options: StateUpkeepOptions;
  readonly #mayPrune: MayPrune[] = [];
  /** Of the checkpoint under way. */
  #inCheckpoint: bigint | undefined;
  #retained = 0n;

  constructor(options: StateUpkeepOptions) {
    this.#options = options;
  }

  /** The height below which blocks may go too; 0 while nothing was pruned or nothing may be. */
  get retainedHeight(): number {
    return Number(this.#retained);
  }

  /** Asks before each height is pruned; a refusal stops pruning before it. */
  onPrune(mayPrune: MayPrune): void {
    this.#mayPrune.push(mayPrune);
  }

  /**
   * Prunes what the strategy lets go, one transaction for each height, and returns how many went.
   * Everything else gets a turn in between. Throws failures of the database and the signal's reason.
   */
  async prune(options?: PaceOptions): Promise<number> {
    const { database, strategy } = this.#options;
    const pace = new Pace(options);
    let pruned = 0;
    for (;;) {
      const state = { earliest: database.earliestVersion(), latest: database.latestVersion() ?? 0n };
      const { versions, retained } = planPruning(strategy, state, (version) => this.#allowed(version));
      for (const version of versions) {
        if (pace.due) await pace.turn();
        // While others had their turn, a checkpoint of the version may have begun.
        if (!this.#allowed(version)) break;
        database.prune(version);
        pruned++;
      }
      if (retained !== 0n) {
        // Blocks may go only when a crash cannot bring back a state that needs them for replay.
        await database.sync();
        this.#retained = database.earliestVersion();
      }
      if (versions.length === 0 || database.earliestVersion() !== retained) return pruned;
    }
  }

  #allowed(version: bigint): boolean {
    return version !== this.#inCheckpoint && this.#mayPrune.every((mayPrune) => mayPrune(Number(version)));
  }

  /**
   * Makes and drops checkpoints as the consensus parameters say, after `trigger.version` was
   * committed. Without a place for checkpoints it does nothing. Throws what `runCheckpointer` throws.
   */
  async checkpoint(
    trigger: CheckpointTrigger,
    parameters: CheckpointParameters,
    pace?: PaceOptions,
  ): Promise<CheckpointRun> {
    const { database, checkpoints, initialHeight, chunkerThreads: threads = 0 } = this.#options;
    if (checkpoints === undefined) return { created: [], dropped: [], failures: [] };
    try {
      return await runCheckpointer(
        {
          files: checkpoints,
          namespace: database.namespace as Namespace,
          rootsOf: (version) => database.rootsForVersion(version),
          onCheckpoint: (version) => {
            this.#inCheckpoint = version;
          },
        },
        trigger,
        {
          interval: parameters.stateCheckpointInterval,
          numKept: parameters.stateCheckpointNumKept ?? 0n,
          initialVersion: BigInt(initialHeight),
          chunkSize: Number(parameters.stateCheckpointChunkSize ?? 0n),
          threads,
        },
        { paused: false, periodic: true, rootsPerVersion: 1, earliestVersion: database.earliestVersion() },
        pace,
      );
    } finally {
      this.#inCheckpoint = undefined;
    }
  }
}
