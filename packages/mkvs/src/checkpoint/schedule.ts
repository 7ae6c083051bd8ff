// When to make and drop checkpoints (go/storage/mkvs/checkpoint/checkpointer.go): decisions only,
// as a function of what exists. Versions are consensus heights or runtime rounds.

/** Fetched anew for every run; from the consensus parameters or the runtime's descriptor. */
export interface CheckpointParameters {
  /** Versions between checkpoints; 0 turns scheduled checkpoints off. */
  readonly interval: bigint;
  /** How many checkpointed versions to keep besides the one of the initial version. */
  readonly numKept: bigint;
  /** Genesis height or round, from which intervals are counted. */
  readonly initialVersion: bigint;
}

/** What starts a run of the checkpointer. */
export interface CheckpointTrigger {
  /** The version that was finalized or, if `forced`, asked for. */
  readonly version: bigint;
  readonly forced: boolean;
}

export interface CheckpointerState {
  readonly paused: boolean;
  /** False where only forced checkpoints are made. */
  readonly periodic: boolean;
  /** The version of every existing checkpoint; a version with several roots occurs several times. */
  readonly existing: readonly bigint[];
  /** Checkpoints (roots) that make a version complete: 1 for consensus, 2 for runtimes. */
  readonly rootsPerVersion: number;
  /** Earliest version in the database. */
  readonly earliestVersion: bigint;
}

/** What a run does, in this order. */
export interface CheckpointPlan {
  /** Versions to create; stop at the first that fails, but go on to `drop` all the same. */
  readonly create: readonly bigint[];
  /** Versions of which all checkpoints are deleted; a failure does not stop the others. */
  readonly drop: readonly bigint[];
}

const NOTHING: CheckpointPlan = { create: [], drop: [] };

/** The run for a trigger; a forced version is created whatever the schedule says. */
export function planCheckpoints(
  { version, forced }: CheckpointTrigger,
  parameters: CheckpointParameters,
  state: CheckpointerState,
): CheckpointPlan {
  if (forced) return { create: [version], drop: [] };
  if (state.paused || !state.periodic || parameters.interval === 0n) return NOTHING;
  return {
    create: scheduledVersions(version, parameters, state),
    drop: obsoleteVersions(parameters, state.existing),
  };
}

/** Newest first, so that a node that was away for long makes those that will be kept. */
function scheduledVersions(
  version: bigint,
  { interval, numKept, initialVersion }: CheckpointParameters,
  { existing, rootsPerVersion, earliestVersion }: CheckpointerState,
): bigint[] {
  if (version < initialVersion) return [];
  const first = max(lastComplete(existing, rootsPerVersion) + 1n, earliestVersion, initialVersion);
  const newest = version - ((version - initialVersion) % interval);
  const create: bigint[] = [];
  for (let next = newest; next >= first; next -= interval) {
    create.push(next);
    if (create.length >= numKept) break;
  }
  return create;
}

function max(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a > b ? a : b), 0n);
}

/** The highest version with all its roots, 0 if there is none. */
function lastComplete(existing: readonly bigint[], rootsPerVersion: number): bigint {
  const counts = new Map<bigint, number>();
  let last = 0n;
  for (const version of existing) {
    const count = (counts.get(version) ?? 0) + 1;
    counts.set(version, count);
    if (count === rootsPerVersion && version > last) last = version;
  }
  return last;
}

/** All but the newest `numKept`, of those that existed before the run; the initial version stays. */
function obsoleteVersions({ numKept, initialVersion }: CheckpointParameters, existing: readonly bigint[]): bigint[] {
  const versions = [...new Set(existing)].sort((a, b) => (a < b ? -1 : 1));
  if (versions[0] === initialVersion) versions.shift();
  const excess = BigInt(versions.length) - numKept;
  return excess > 0n ? versions.slice(0, Number(excess)) : [];
}
