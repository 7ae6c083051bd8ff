// One run: everything follows from the scenario. The first part has faults, the second has none
// but byzantine ones, and there the chain has to go on.
import { NANOS_PER_SECOND, validatorChange, type ConsensusParams, type TimeNs } from "@wadi/comet-types";
import { Dice, EventQueue, Trace, type TraceOptions } from "@wadi/testing";
import { must } from "@wadi/util";
import type { EngineGenesis } from "../../genesis-state.ts";
import { Conspiracy } from "./conspiracy.ts";
import type { SimEvent } from "./events.ts";
import { Judge, Violation } from "./judge.ts";
import { SimKey, simVerifier } from "./keys.ts";
import { Network, type Endpoints, type LossScript } from "./network.ts";
import type { CrashPlan, PowerChange, Scenario } from "./scenario.ts";
import { SimNode } from "./sim-node.ts";
import type { Sabotage } from "./sabotage.ts";
import type { ToyRules } from "./toy-application.ts";
import { encodeToyTransaction } from "./toy-transactions.ts";
import { Villain } from "./villain.ts";
import type { World } from "./world.ts";

const CHAIN_ID = "simulated-chain";
/** 2026-01-01T00:00:00Z; node clocks start a second after it, give or take their error. */
const GENESIS_TIME: TimeNs = 1_767_225_600n * NANOS_PER_SECOND;
const MILLISECOND = 1_000_000n;
/** More events than any run that makes progress needs. */
const MAX_EVENTS = 600_000;
/** So often it is looked whether the chain stands still for good. */
const STANDSTILL_EVENTS = 10_000;
/** Blocks after the goal within which what byzantine validators did before it must be proved. */
const PROOF_BLOCKS = 25;
/** Size of a transaction that makes a block of several parts. */
const LARGE_BYTES = 90_000;

const PARAMS: ConsensusParams = {
  block: { maxBytes: 1_048_576, maxGas: -1n },
  evidence: { maxAgeNumBlocks: 100_000, maxAgeDuration: 172_800n * NANOS_PER_SECOND, maxBytes: 51_200 },
  validator: { pubKeyTypes: ["ed25519"] },
  version: { app: 1n },
};

export interface SimulationOptions extends TraceOptions {
  /** A fault planted in the engines, to see that the checks find it. */
  readonly sabotage?: Sabotage;
  /** Losses beside those of the scenario. */
  readonly loses?: LossScript;
}

export interface SimulationSummary {
  readonly seed: number;
  /** Undefined for a run that broke no rule. */
  readonly violation: Violation | undefined;
  readonly traceHash: string;
  readonly events: number;
  /** Virtual time from start to goal. */
  readonly virtualMs: number;
  readonly blocks: number;
  /** Most rounds that a block took. */
  readonly rounds: number;
  readonly crashes: number;
  /** Double votes that blocks accuse of. */
  readonly proofs: number;
  /** The last lines of the trace. */
  readonly tail: readonly string[];
}

export class Simulation {
  readonly #scenario: Scenario;
  readonly #dice: Dice;
  readonly #queue = new EventQueue<SimEvent>();
  readonly #trace: Trace;
  readonly #keys: readonly SimKey[];
  readonly #nodes: readonly SimNode[];
  readonly #network: Network;
  readonly #judge: Judge;
  readonly #conspiracy = new Conspiracy(new Dice("conspiracy"));
  readonly #clockErrorMs: number[];
  readonly #world: World;
  /** How long each node stays down after the stop that is planned for it, and when it stops again. */
  readonly #downMs: number[];
  readonly #againAtWrite: number[];
  #isHealed = false;
  #goal = Number.POSITIVE_INFINITY;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #crashes = 0;
  #events = 0;

  constructor(scenario: Scenario, options: SimulationOptions = {}) {
    this.#scenario = scenario;
    this.#dice = new Dice(`run ${scenario.seed}`);
    this.#trace = new Trace(options);
    this.#clockErrorMs = [...scenario.skewMs];
    this.#downMs = scenario.powers.map(() => 0);
    this.#againAtWrite = scenario.powers.map(() => 0);
    this.#keys = scenario.powers.map((_, node) => new SimKey(`validator ${node} of ${scenario.seed}`));
    const verifier = simVerifier(this.#keys);
    const genesis = this.#genesis();
    const rules = this.#rules();
    const honest = new Set(this.#keys.filter((_, node) => !this.#isBad(node)).map((key) => key.address));
    this.#judge = new Judge({ genesis, rules, verifier, honest });
    this.#network = new Network(
      this.#queue,
      this.#dice.fork("network"),
      this.#endpoints(options.loses),
      scenario.network,
    );
    this.#world = {
      scenario,
      genesis,
      rules,
      verifier,
      judge: this.#judge,
      schedule: this.#queue,
      network: this.#network,
      sabotage: options.sabotage,
      timeOf: (node) => this.#timeOf(node),
      note: (node, text) => this.#trace.add(`${this.#queue.nowMs} ${node} ${text}`),
    };
    this.#nodes = this.#keys.map((key, node) => this.#makeNode(key, node));
  }

  #genesis(): EngineGenesis {
    const { powers, initialHeight } = this.#scenario;
    const validators = this.#keys.flatMap((key, node) => {
      const power = powers[node] ?? 0;
      return power === 0 ? [] : [validatorChange(key.publicKey, BigInt(power))];
    });
    return { chainId: CHAIN_ID, genesisTime: GENESIS_TIME, initialHeight, consensusParams: PARAMS, validators };
  }

  #rules(): ToyRules {
    const { powers, restlessApplication, retainBlocks } = this.#scenario;
    const minValidators = Math.min(2, powers.filter((power) => power > 0).length);
    const suspects = new Set(this.#keys.filter((_, node) => this.#isBad(node)).map((key) => key.publicKey));
    return { restless: restlessApplication, minValidators, suspects, retainBlocks };
  }

  #isBad(node: number): boolean {
    return this.#scenario.vices[node] !== undefined;
  }

  #makeNode(key: SimKey, node: number): SimNode {
    const vices = this.#scenario.vices[node];
    const dice = this.#dice.fork(`node ${node}`);
    const villain =
      vices && new Villain({ chainId: CHAIN_ID, key, vices, dice: dice.fork("villain"), conspiracy: this.#conspiracy });
    return new SimNode(this.#world, node, key, dice, villain);
  }

  #endpoints(loses: LossScript | undefined): Endpoints {
    return {
      loses,
      isRunning: (node) => this.#node(node).isRunning,
      peerUp: (node, peer) => this.#guard(node, () => this.#node(node).peerUp(peer)),
      peerDown: (node, peer) => this.#guard(node, () => this.#node(node).peerDown(peer)),
    };
  }

  #node(node: number): SimNode {
    return must(this.#nodes[node]);
  }

  #timeOf(node: number): TimeNs {
    return GENESIS_TIME + BigInt(1000 + this.#queue.nowMs + must(this.#clockErrorMs[node])) * MILLISECOND;
  }

  /** Runs to the goal or to the first violation. */
  run(): SimulationSummary {
    let violation: Violation | undefined;
    try {
      this.#plan();
      while (!this.#isDone()) this.#step();
    } catch (e) {
      if (!(e instanceof Violation)) throw e;
      violation = e;
    }
    return {
      seed: this.#scenario.seed,
      violation,
      traceHash: this.#trace.digest(),
      events: this.#events,
      virtualMs: this.#queue.nowMs,
      blocks: this.#judge.height,
      rounds: this.#judge.mostRounds,
      crashes: this.#crashes,
      proofs: this.#judge.offences.provedCount,
      tail: this.#trace.tail(),
    };
  }

  /** Puts the scenario's events into the queue. */
  #plan(): void {
    const scenario = this.#scenario;
    for (const node of this.#nodes.keys()) this.#queue.push(this.#dice.below(200), { kind: "start", node });
    for (const plan of scenario.crashes) this.#queue.push(plan.atMs, { kind: "crash", plan });
    for (const { fromMs, toMs, groups } of scenario.partitions) {
      this.#queue.push(fromMs, { kind: "partition", groups });
      this.#queue.push(toMs, { kind: "partition", groups: undefined });
    }
    for (const step of scenario.clockSteps) this.#queue.push(step.atMs, { kind: "clock-step", step });
    for (const [number, change] of scenario.powerChanges.entries()) {
      this.#queue.push(change.atMs, { kind: "power-change", change, number });
    }
    if (scenario.transactionEveryMs > 0) this.#queue.push(300, { kind: "transaction", number: 0 });
    this.#queue.push(scenario.healMs, { kind: "heal" });
  }

  #isDone(): boolean {
    if (!this.#isHealed) return false;
    const late = this.#nodes.some((node) => !node.isBad && node.height < this.#goal);
    if (late && this.#events % STANDSTILL_EVENTS === 0 && this.#isOutOfTime()) {
      this.#trace.add(`${this.#queue.nowMs} stands still: votes of byzantine validators decide the time`);
      return true;
    }
    const unproved = late ? [] : this.#judge.offences.unproved(this.#goal);
    if (!late && unproved.length === 0) return true;
    const isTooMuch = this.#events > MAX_EVENTS || (!late && this.#judge.height > this.#goal + PROOF_BLOCKS);
    if (this.#queue.nowMs <= this.#deadlineMs && !isTooMuch) return false;
    if (!late) throw new Violation("evidence", `not in a block: ${unproved.join(", ")}`);
    const heights = this.#nodes.map((node) => `${node.number}: ${node.status}`).join(", ");
    throw new Violation("progress", `no height ${this.#goal} after ${this.#queue.nowMs} ms; ${heights}`);
  }

  /**
   * Block times are the reference's weakness: of three equal votes the earliest is the median, so a
   * byzantine validator whose vote is needed can give a block a commit after which no time is late
   * enough, and the chain stands for good. A proposer that has another vote gets on; here none has.
   */
  #isOutOfTime(): boolean {
    const honest = this.#nodes.filter((node) => !node.isBad);
    const [first] = honest;
    const isOneHeight = honest.every((node) => node.isRunning && node.height === first?.height);
    return honest.length < this.#nodes.length && isOneHeight && honest.every((node) => node.isOutOfTime);
  }

  #step(): void {
    const event = must(this.#queue.pop(), "nothing is left to happen");
    this.#events++;
    switch (event.kind) {
      case "deliver":
        if (!this.#network.arrives(event)) return;
        this.#trace.add(`${this.#queue.nowMs} ${event.from}>${event.to} ${event.packet.channel}`, event.packet.bytes);
        return this.#guard(event.to, () => this.#node(event.to).receive(event.from, event.packet));
      case "connect":
        return this.#network.connect(event.a, event.b);
      case "disconnect":
        return this.#network.disconnect(event);
      case "timer":
      case "gossip":
      case "work":
      case "flush-log":
      case "mischief":
        return this.#guard(event.node, () => this.#node(event.node).handle(event));
      case "start":
        return this.#start(event.node);
      case "crash":
        return this.#crashAsPlanned(event.plan);
      case "partition":
        if (this.#isHealed) return;
        this.#trace.add(`${this.#queue.nowMs} partition ${event.groups?.join("") ?? "ends"}`);
        return this.#network.partition(event.groups);
      case "clock-step":
        this.#clockErrorMs[event.step.node] = must(this.#clockErrorMs[event.step.node]) + event.step.byMs;
        return;
      case "transaction":
        return this.#transaction(event.number);
      case "power-change":
        return this.#changePower(event.change, event.number);
      case "heal":
        return this.#heal();
    }
  }

  /** Lets a node act; it may stop at one of its writes. */
  #guard(node: number, act: () => void): void {
    const actor = this.#node(node);
    if (!actor.isRunning || actor.act(act)) return;
    this.#stop(node);
  }

  #start(node: number): void {
    const actor = this.#node(node);
    if (actor.isRunning) return;
    this.#trace.add(`${this.#queue.nowMs} ${node} starts`);
    if (!actor.act(() => actor.start())) return this.#stop(node);
    for (const peer of this.#nodes.keys()) if (peer !== node) this.#network.connectLater(node, peer);
  }

  #crashAsPlanned(plan: CrashPlan): void {
    if (this.#isHealed || !this.#node(plan.node).isRunning) return;
    this.#downMs[plan.node] = plan.downMs;
    this.#againAtWrite[plan.node] = plan.againAtWrite;
    if (plan.afterWrites === 0) return this.#stop(plan.node);
    this.#node(plan.node).crashAtWrite(plan.afterWrites);
  }

  #stop(node: number): void {
    this.#trace.add(`${this.#queue.nowMs} ${node} stops`);
    this.#crashes++;
    this.#node(node).stop();
    for (const peer of this.#nodes.keys()) {
      if (peer !== node) this.#network.breakLater(node, peer, this.#dice.between(1, 500));
    }
    this.#queue.push(this.#isHealed ? 1 : Math.max(1, must(this.#downMs[node])), { kind: "start", node });
    if (this.#isHealed) return;
    this.#node(node).crashAtWrite(must(this.#againAtWrite[node]));
    this.#againAtWrite[node] = 0;
  }

  #transaction(number: number): void {
    const { transactionEveryMs, largeOneIn } = this.#scenario;
    const kind = this.#dice.pick(["put", "put", "put", "fail", "forbidden"] as const);
    const padding = this.#dice.oneIn(largeOneIn) ? LARGE_BYTES : this.#dice.below(100);
    this.#submit(encodeToyTransaction({ kind, number }, padding));
    const delay = this.#dice.between(1, 2 * transactionEveryMs);
    this.#queue.push(delay, { kind: "transaction", number: number + 1 });
  }

  #changePower({ node, power }: PowerChange, number: number): void {
    const { publicKey } = must(this.#keys[node]);
    this.#submit(encodeToyTransaction({ kind: "power", number, publicKey, power }));
  }

  #submit(tx: Uint8Array): void {
    const node = this.#dice.below(this.#nodes.length);
    this.#guard(node, () => this.#node(node).submit(tx));
  }

  #heal(): void {
    this.#trace.add(`${this.#queue.nowMs} heals`);
    this.#isHealed = true;
    for (const [node, actor] of this.#nodes.entries()) {
      actor.crashAtWrite(0);
      this.#start(node);
    }
    this.#network.heal(this.#scenario.soundNetwork, this.#nodes.length);
    const first = this.#scenario.initialHeight - 1;
    this.#goal = Math.max(this.#judge.height, first) + this.#scenario.goalBlocks;
    this.#deadlineMs = this.#queue.nowMs + this.#patienceMs();
  }

  /** Within which the goal is to be reached: rounds from the highest one on, until each node proposed some times. */
  #patienceMs(): number {
    const { timeouts, goalBlocks, skewMs, emptyBlocksIntervalMs } = this.#scenario;
    const highest = Math.max(...this.#nodes.map((node) => node.round));
    const rounds = highest + 3 * skewMs.length;
    const base = timeouts.proposeMs + timeouts.prevoteMs + timeouts.precommitMs;
    const delta = timeouts.proposeDeltaMs + timeouts.prevoteDeltaMs + timeouts.precommitDeltaMs;
    const longRound = base + delta * rounds + 2000;
    return (goalBlocks + 2 * skewMs.length) * (longRound + timeouts.commitMs + emptyBlocksIntervalMs) + 30_000;
  }
}
