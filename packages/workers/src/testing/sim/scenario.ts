// What a seed stands for: nodes with their vices, committees, times, faults.
import { Dice } from "@wadi/testing";
import { must } from "@wadi/util";

/** What a faulty node does, again and again. */
export const vices = [
  /** Takes part in nothing. */
  "silent",
  /** Commits to results that nobody else gets. */
  "wrong-results",
  /** Commits to its own batches without showing them. */
  "hides-proposals",
  /** Proposes batches under a root that is not theirs. */
  "wrong-root",
  /** Proposes transactions that do not exist. */
  "phantoms",
  /** Proposes more than is allowed. */
  "oversized",
  /** Proposes different batches to different nodes. */
  "two-proposals",
  /** Proposes before its time. */
  "hasty",
  /** Says of the batches of others that they cannot be executed. */
  "refuses",
] as const;
export type Vice = (typeof vices)[number];

/** Numbers of nodes, workers in order of the committee. */
export interface CommitteePlan {
  readonly workers: readonly number[];
  readonly backups: readonly number[];
}

export interface CrashPlan {
  readonly node: number;
  readonly atMs: number;
  readonly downMs: number;
}

export interface Scenario {
  readonly seed: number;
  /** By node; undefined for an honest one. */
  readonly vices: readonly (Vice | undefined)[];
  /** One for each epoch; null where nobody is elected. The last one stays. */
  readonly committees: readonly (CommitteePlan | null)[];
  readonly epochBlocks: number;
  readonly allowedStragglers: number;
  readonly roundTimeoutBlocks: number;
  readonly maxBatchSize: number;
  readonly blockMs: number;
  readonly proposerTimeoutMs: number;
  readonly flushTimeoutMs: number;
  /** Of messages between nodes, while there are faults. */
  readonly lostPerMille: number;
  readonly delayMs: number;
  /** How long the runtime takes at most. */
  readonly jobMs: number;
  /** Of jobs of the runtime, while there are faults. */
  readonly failedPerMille: number;
  readonly crashes: readonly CrashPlan[];
  readonly transactions: number;
  /** Until then there are faults other than vices. */
  readonly faultyMs: number;
}

/** The reach of what honest nodes have to withstand: see `isBearable`. */
interface Odds {
  readonly vices: Scenario["vices"];
  readonly allowedStragglers: number;
}

const isHonest = (vices: Scenario["vices"], node: number): boolean => vices[node] === undefined;

/**
 * Whether the rules of roothash protect the runtime: without an honest worker's vote nothing is
 * accepted in the first place, and honest backup workers are enough to decide.
 */
function isBearable({ backups, workers }: CommitteePlan, { allowedStragglers, vices: of }: Odds): boolean {
  const honest = (nodes: readonly number[]): number => nodes.filter((node) => isHonest(of, node)).length;
  const faultyWorkers = workers.length - honest(workers);
  return faultyWorkers < workers.length - allowedStragglers && honest(backups) > Math.floor(backups.length / 2);
}

function committeePlan(dice: Dice, nodes: readonly number[]): CommitteePlan {
  const draw = (most: number): readonly number[] => dice.shuffled(nodes).slice(0, dice.between(1, most));
  return { workers: draw(4), backups: draw(5) };
}

export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(`committee ${seed}`);
  const nodes = Array.from({ length: dice.between(1, 7) }, (_, i) => i);
  const share = dice.pick([0, 200, 400]);
  const drawn = nodes.map(() => (dice.perMille(share) ? dice.pick(vices) : undefined));
  const allowedStragglers = dice.pick([0, 0, 1]);
  const plan = (odds: Odds): CommitteePlan | undefined => {
    const plans = Array.from({ length: 50 }, () => committeePlan(dice, nodes));
    return plans.find((one) => isBearable(one, odds));
  };
  // With too few honest nodes for any committee all are.
  const odds = { vices: drawn, allowedStragglers };
  const sober = { vices: nodes.map(() => undefined), allowedStragglers: 0 };
  const first = plan(odds);
  const chosen = first === undefined ? sober : odds;
  const epochs = dice.between(1, 4);
  const committees = Array.from({ length: epochs }, (_, i) => {
    return i > 0 && i < epochs - 1 && dice.oneIn(5) ? null : (plan(chosen) ?? must(first ?? plan(sober)));
  });
  const faultyMs = dice.between(0, 15_000);
  const crashes = Array.from({ length: dice.pick([0, 0, 2, 5]) }, () => {
    return { node: dice.pick(nodes), atMs: dice.below(faultyMs + 1), downMs: dice.between(10, 5000) };
  });
  const blockMs = dice.pick([100, 500, 1000]);
  const jobMs = dice.pick([0, 20, 400, 2000]);
  return {
    seed,
    ...chosen,
    committees,
    epochBlocks: dice.between(6, 30),
    // Time for a batch that was given up and for the one that counts, and for what is fetched between.
    roundTimeoutBlocks: Math.ceil((4 * jobMs) / blockMs) + dice.between(4, 8),
    maxBatchSize: dice.between(1, 10),
    blockMs,
    proposerTimeoutMs: Math.max(blockMs, jobMs) + dice.below(3000),
    flushTimeoutMs: dice.between(500, 5000),
    lostPerMille: dice.pick([0, 0, 100, 400]),
    delayMs: dice.pick([0, 50, 500, 3000]),
    jobMs,
    failedPerMille: dice.pick([0, 0, 50, 300]),
    crashes,
    transactions: dice.between(1, 15),
    faultyMs,
  };
}
