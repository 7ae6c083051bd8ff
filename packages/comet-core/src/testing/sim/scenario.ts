// What a seed stands for: the nodes, their powers and vices, and the faults of the first part of
// the run. After `healMs` the network is sound and every honest node runs.
import type { RoundTimeouts } from "../../rounds/types.ts";
import type { Vice } from "./vices.ts";
import { vices } from "./vices.ts";
import { Dice } from "@wadi/testing";
import type { NetworkProfile } from "./network.ts";

export interface CrashPlan {
  readonly node: number;
  readonly atMs: number;
  /** 0 stops the node at once, else at this write from `atMs` on. */
  readonly afterWrites: number;
  readonly downMs: number;
  /** The write of the next life at which it stops again, often inside the handshake; 0 for none. */
  readonly againAtWrite: number;
}

export interface PartitionPlan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Group of each node. */
  readonly groups: readonly number[];
}

export interface ClockStep {
  readonly node: number;
  readonly atMs: number;
  readonly byMs: number;
}

export interface PowerChange {
  readonly atMs: number;
  readonly node: number;
  /** 0 takes the validator out. */
  readonly power: number;
}

export interface Scenario {
  readonly seed: number;
  /** Power at genesis by node; 0 for a node that does not vote at first. */
  readonly powers: readonly number[];
  /** A lone node that knows of it, so that its log is not synced for every block. */
  readonly hasNoPeers: boolean;
  /** By node; undefined for an honest one. */
  readonly vices: readonly (readonly Vice[] | undefined)[];
  readonly timeouts: RoundTimeouts;
  readonly skipTimeoutCommit: boolean;
  readonly createEmptyBlocks: boolean;
  readonly emptyBlocksIntervalMs: number;
  readonly initialHeight: number;
  readonly network: NetworkProfile;
  readonly soundNetwork: NetworkProfile;
  readonly gossipSleepMs: number;
  readonly majorityQueryMs: number;
  readonly partitions: readonly PartitionPlan[];
  readonly crashes: readonly CrashPlan[];
  /** How far each calendar clock is off, in ms. */
  readonly skewMs: readonly number[];
  readonly clockSteps: readonly ClockStep[];
  readonly powerChanges: readonly PowerChange[];
  readonly restlessApplication: boolean;
  readonly unsafeCommits: number;
  readonly retainBlocks: number;
  /** Mean time between transactions; 0 for none. */
  readonly transactionEveryMs: number;
  /** One transaction in this many is larger than a block part; 0 for none. */
  readonly largeOneIn: number;
  readonly healMs: number;
  /** Blocks that every honest node has to make after that. */
  readonly goalBlocks: number;
}

const SOUND: NetworkProfile = {
  delayMinMs: 1,
  delayMaxMs: 20,
  lossPerMille: 0,
  duplicatePerMille: 0,
  reorderPerMille: 0,
  refusePerMille: 0,
};

function networkOf(dice: Dice): NetworkProfile {
  const delayMaxMs = dice.pick([5, 20, 60, 200, 500]);
  return {
    delayMinMs: dice.between(1, 4),
    delayMaxMs,
    lossPerMille: dice.pick([0, 0, 0, 2, 10, 40]),
    duplicatePerMille: dice.pick([0, 0, 5, 50, 200]),
    reorderPerMille: dice.pick([0, 0, 0, 5, 50]),
    refusePerMille: dice.pick([0, 0, 0, 10, 100]),
  };
}

/** Powers of all nodes; about one node in six does not vote at genesis. */
function powersOf(dice: Dice): number[] {
  const size = dice.pick([1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 5, 6, 7]);
  const style = dice.below(4);
  const powers = Array.from({ length: size }, () =>
    style === 0 ? dice.between(1, 100) : style === 1 ? dice.pick([1, 1, 2, 3]) : 10,
  );
  if (style === 0 && dice.oneIn(3)) powers[dice.below(size)] = 250;
  if (size >= 2 && dice.oneIn(5)) powers.push(0);
  return powers;
}

/** Some validators that together have less than a third of the power go bad. */
function vicesOf(dice: Dice, powers: readonly number[]): (readonly Vice[] | undefined)[] {
  const result: (readonly Vice[] | undefined)[] = powers.map(() => undefined);
  if (dice.oneIn(3)) return result;
  const total = powers.reduce((sum, power) => sum + power, 0);
  let bad = 0;
  for (const node of dice.shuffled([...powers.keys()])) {
    const power = powers[node] ?? 0;
    if (power === 0 || (bad + power) * 3 >= total) continue;
    if (bad > 0 && dice.oneIn(2)) break;
    bad += power;
    result[node] = dice.shuffled(vices).slice(0, dice.pick([1, 1, 2, 3, 5]));
  }
  return result;
}

function partitionsOf(dice: Dice, nodes: number, healMs: number): PartitionPlan[] {
  const plans: PartitionPlan[] = [];
  let fromMs = dice.between(100, 6000);
  while (fromMs < healMs && plans.length < 3 && dice.oneIn(2)) {
    const toMs = fromMs + dice.between(200, 8000);
    const lonely = dice.below(nodes);
    const alone = dice.oneIn(2);
    const groups = Array.from({ length: nodes }, (_, i) => (alone ? Number(i === lonely) : dice.below(2)));
    plans.push({ fromMs, toMs: Math.min(toMs, healMs), groups });
    fromMs = toMs + dice.between(1, 4000);
  }
  return plans;
}

function crashesOf(dice: Dice, honest: readonly number[], healMs: number): CrashPlan[] {
  const count = dice.pick([0, 0, 1, 1, 2, 3, 5, 8]);
  return Array.from({ length: count }, () => ({
    node: dice.pick(honest),
    atMs: dice.between(1, healMs),
    afterWrites: dice.oneIn(4) ? 0 : dice.between(1, 14),
    downMs: dice.pick([1, 50, 500, 3000, 9000]),
    againAtWrite: dice.oneIn(3) ? dice.between(1, 8) : 0,
  }));
}

/** Whether one validator can decide alone, as fast as its clock lets it. */
function isLonely(powers: readonly number[]): boolean {
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Math.max(...powers) * 3 > total * 2;
}

function timeoutsOf(dice: Dice, powers: readonly number[]): RoundTimeouts {
  const scale = dice.pick([100, 300, 1000]);
  return {
    proposeMs: 3 * scale,
    proposeDeltaMs: scale,
    prevoteMs: scale,
    prevoteDeltaMs: scale,
    precommitMs: scale,
    precommitDeltaMs: scale,
    commitMs: isLonely(powers) ? dice.pick([200, 1000]) : dice.pick([0, 50, 300, 1000]),
  };
}

function changesOf(dice: Dice, nodes: number, healMs: number): PowerChange[] {
  const count = nodes === 1 ? 0 : dice.pick([0, 0, 1, 2, 4, 8]);
  return Array.from({ length: count }, () => ({
    atMs: dice.between(1, healMs),
    node: dice.below(nodes),
    power: dice.pick([0, 1, 5, 10, 20, 60]),
  }));
}

/** How long faults may last: some ten blocks, with long pauses between them or short ones. */
function faultyMs(commitMs: number): readonly number[] {
  if (commitMs < 200) return [600, 1200, 2500];
  return commitMs < 1000 ? [1200, 2500, 5000] : [3000, 7000, 12_000];
}

/** Everything that happens in the run of a seed that is not chosen while it runs. */
export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(`scenario ${seed}`);
  const powers = powersOf(dice);
  const nodes = powers.length;
  const nodeVices = vicesOf(dice, powers);
  const honest = [...powers.keys()].filter((node) => nodeVices[node] === undefined);
  const timeouts = timeoutsOf(dice, powers);
  const skipTimeoutCommit = !isLonely(powers) && dice.oneIn(3);
  const healMs = dice.pick(faultyMs(skipTimeoutCommit ? 0 : timeouts.commitMs));
  const skew = dice.pick([0, 10, 500, 10_000]);
  const unsafeCommits = dice.pick([0, 0, 0, 1, 3]);
  const partitions = partitionsOf(dice, nodes, healMs);
  const crashes = crashesOf(dice, honest, healMs);
  // Whoever falls behind what the others keep could only come back by block sync.
  const network = networkOf(dice);
  const isCalm = partitions.length + crashes.length + network.lossPerMille + network.reorderPerMille === 0;
  const canPrune = unsafeCommits === 0 && (nodes === 1 || isCalm);
  return {
    seed,
    powers,
    hasNoPeers: nodes === 1 && seed % 2 === 0,
    vices: nodeVices,
    timeouts,
    skipTimeoutCommit,
    createEmptyBlocks: true,
    emptyBlocksIntervalMs: dice.pick([0, 0, 0, 700, 3000]),
    initialHeight: dice.pick([1, 1, 1, 5]),
    network,
    soundNetwork: SOUND,
    gossipSleepMs: dice.pick([20, 50, 100]),
    majorityQueryMs: 2000,
    partitions,
    crashes,
    skewMs: powers.map(() => dice.between(-skew, skew)),
    clockSteps: dice.oneIn(4)
      ? [{ node: dice.below(nodes), atMs: dice.between(1, healMs), byMs: dice.between(-5000, 5000) }]
      : [],
    powerChanges: changesOf(dice, nodes, healMs),
    restlessApplication: !dice.oneIn(4),
    unsafeCommits,
    retainBlocks: canPrune && dice.oneIn(2) ? 12 : 0,
    transactionEveryMs: dice.pick([0, 100, 300, 1000]),
    largeOneIn: dice.pick([0, 0, 0, 20]),
    healMs,
    goalBlocks: 3,
  };
}
