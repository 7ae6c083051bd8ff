import { ConsensusMessage, SignedMsgType } from "@wadi/comet-types";
import assert from "node:assert/strict";
import { test } from "node:test";
import { DATA_CHANNEL, VOTE_CHANNEL } from "../../gossip/messages.ts";
import type { LossScript } from "./network.ts";
import type { Sabotage } from "./sabotage.ts";
import { scenarioOf, type CrashPlan, type Scenario } from "./scenario.ts";
import { Simulation, type SimulationOptions, type SimulationSummary } from "./simulation.ts";
import type { Vice } from "./vices.ts";

/** A network without faults of its own, in which blocks come fast. */
function calmScenario(seed: number, powers: readonly number[], changes: Partial<Scenario> = {}): Scenario {
  const scenario = scenarioOf(seed);
  return {
    ...scenario,
    powers,
    hasNoPeers: false,
    vices: powers.map(() => undefined),
    skewMs: powers.map(() => 0),
    network: scenario.soundNetwork,
    timeouts: { ...scenario.timeouts, proposeMs: 300, prevoteMs: 100, precommitMs: 100, commitMs: 100 },
    skipTimeoutCommit: false,
    emptyBlocksIntervalMs: 0,
    initialHeight: 1,
    crashes: [],
    partitions: [],
    powerChanges: [],
    clockSteps: [],
    unsafeCommits: 0,
    retainBlocks: 0,
    healMs: 2000,
    goalBlocks: 2,
    ...changes,
  };
}

/** Stops of one node, each at some write. */
const manyCrashes = (node: number): CrashPlan[] =>
  Array.from({ length: 12 }, (_, i) => ({
    node,
    atMs: 200 + 150 * i,
    afterWrites: 1 + (i % 9),
    downMs: 20,
    againAtWrite: 0,
  }));

const withVice = (vice: Vice): Partial<Scenario> => ({ vices: [undefined, undefined, undefined, [vice]] });

const run = (scenario: Scenario, options?: SimulationOptions): SimulationSummary =>
  new Simulation(scenario, options).run();

interface Case {
  readonly sabotage: Sabotage;
  readonly rules: readonly string[];
  readonly scenario: (seed: number) => Scenario;
  readonly options?: () => SimulationOptions;
}

/** At this height the proposers of the rounds 0 and 1 are those of the heights 1 and 2. */
const SPLIT_HEIGHT = 5;

/**
 * The proposer of a block decides it and nobody else hears how it voted. The one that proposes next
 * has not even seen the block, and proposes another one to two that have locked the first. All this
 * ends with the round after that.
 */
function hideOneDecision(): LossScript {
  const proposers = new Map<number, number>();
  const voters = new Map<string, number>();
  let isOver = false;
  return (from, to, packet) => {
    if (packet.channel !== DATA_CHANNEL && packet.channel !== VOTE_CHANNEL) return false;
    const { sum } = ConsensusMessage.decode(packet.bytes);
    // What comes first over the wire comes from whoever made it.
    if (sum?.case === "proposal") {
      const { height, round } = sum.value.proposal;
      if (!proposers.has(height)) proposers.set(height, from);
      if (height === SPLIT_HEIGHT && round > 1) isOver = true;
      return !isOver && height === SPLIT_HEIGHT && round === 0 && to === proposers.get(2);
    }
    if (sum?.case === "blockPart") {
      const { height, round } = sum.value;
      return !isOver && height === SPLIT_HEIGHT && round === 0 && to === proposers.get(2);
    }
    const vote = sum?.case === "vote" ? sum.value.vote : undefined;
    if (vote === undefined) return false;
    if (!voters.has(vote.validatorAddress)) voters.set(vote.validatorAddress, from);
    if (isOver || vote.height !== SPLIT_HEIGHT || vote.round !== 0) return false;
    if (voters.get(vote.validatorAddress) !== proposers.get(1)) return false;
    return vote.type === SignedMsgType.precommit || to === proposers.get(2);
  };
}

const cases: readonly Case[] = [
  {
    sabotage: "forgets-locks",
    rules: ["agreement"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10], { healMs: 6000 }),
    options: () => ({ loses: hideOneDecision() }),
  },
  {
    sabotage: "signs-anything",
    rules: ["durability", "double-sign"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10], { crashes: manyCrashes(1) }),
  },
  {
    sabotage: "loses-sign-state",
    rules: ["failure"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10], { crashes: manyCrashes(1) }),
  },
  {
    sabotage: "skips-log-sync",
    rules: ["double-sign", "durability", "progress", "failure"],
    // With transactions a block that is made again is another one.
    scenario: (seed) => calmScenario(seed, [10], { crashes: manyCrashes(0), transactionEveryMs: 20 }),
  },
  {
    sabotage: "skips-replay",
    rules: ["double-sign", "durability", "progress", "failure"],
    scenario: (seed) => calmScenario(seed, [10], { crashes: manyCrashes(0) }),
  },
  {
    sabotage: "skips-validation",
    rules: ["validity", "failure"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10], withVice("invalid-proposal")),
  },
  {
    sabotage: "drops-evidence",
    rules: ["evidence"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10], withVice("two-votes")),
  },
  {
    sabotage: "diverges",
    rules: ["state", "failure"],
    scenario: (seed) => calmScenario(seed, [10, 10, 10, 10]),
  },
];

/** Seeds that are tried until the fault shows. */
const TRIES = 12;

for (const { sabotage, rules, scenario, options } of cases) {
  test(`an engine that ${sabotage.replaceAll("-", " ")} is found out`, () => {
    let violation: SimulationSummary["violation"];
    for (let seed = 1; seed <= TRIES && violation === undefined; seed++) {
      const sound = run(scenario(seed), options?.());
      assert.equal(sound.violation, undefined, `seed ${seed} without the fault`);
      ({ violation } = run(scenario(seed), { ...options?.(), sabotage }));
    }
    assert.ok(violation !== undefined, `${TRIES} seeds do not show it`);
    assert.ok(rules.includes(violation.rule), violation.message);
  });
}
