// Which versions of the state may go. Reference: go/consensus/cometbft/abci/prune.go.

/** `none`, or how many versions stay beside the latest one (at least 1). */
export type PruneStrategy = { readonly kind: "none" } | { readonly kind: "keep"; readonly versions: bigint };

export interface PruneState {
  /** The earliest version that is kept; 0n while nothing is. */
  readonly earliest: bigint;
  readonly latest: bigint;
}

/** What to prune now, in order, and the height below which nothing is kept afterwards. */
export interface PrunePlan {
  readonly versions: readonly bigint[];
  /** Goes to the engine as the height from which blocks are kept, once the database is on disk; 0n: all. */
  readonly retained: bigint;
}

/** Versions in one plan: a node whose operator turns pruning on late has millions to drop. */
const MAX_VERSIONS = 256;

/**
 * The next versions to prune, at most 256; whoever carries the plan out asks for the next one until
 * it is empty. A version that may not go yet stops pruning before it, as those of runtimes that
 * lag behind.
 */
export function planPruning(
  strategy: PruneStrategy,
  { earliest, latest }: PruneState,
  mayPrune: (version: bigint) => boolean = () => true,
): PrunePlan {
  if (strategy.kind === "none") return { versions: [], retained: 0n };
  if (strategy.versions < 1n) throw new RangeError("at least one version must be kept");
  if (earliest === 0n || latest < strategy.versions) return { versions: [], retained: 0n };
  const preserveFrom = latest - strategy.versions;
  const versions: bigint[] = [];
  let version = earliest;
  while (version < preserveFrom && versions.length < MAX_VERSIONS && mayPrune(version)) versions.push(version++);
  return { versions, retained: version };
}
