// One run of a committee: everything follows from the scenario. In its first part messages get lost,
// nodes are killed and runtimes fail; afterwards only vices are left, and every transaction has to
// become final.
import { hashOf, type Signer } from "@wadi/crypto";
import { Dice, EventQueue, Trace, type TraceOptions } from "@wadi/testing";
import { scheduler, type Hash, type roothash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

import { Judge, Violation, type Counts } from "./judge.ts";
import { simSigner } from "./keys.ts";
import type { CommitteePlan, Scenario } from "./scenario.ts";
import { FIRST_HEIGHT, SimChain, simRuntimeId, type ChainNews } from "./sim-chain.ts";
import { SimNode } from "./sim-node.ts";
import { SimRuntime } from "./sim-runtime.ts";
import type { Sabotage, World } from "./world.ts";

export interface SimulationOptions extends TraceOptions {
  readonly sabotage?: Sabotage;
}

export interface SimulationSummary {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly traceHash: string;
  readonly tail: readonly string[];
  readonly virtualMs: number;
  readonly counts: Readonly<Counts>;
  /** Nodes that were killed. */
  readonly kills: number;
}

/** Of messages when nothing goes wrong. */
const CALM_DELAY_MS = 20;
/** Nodes hear of a block within so long. */
const BLOCK_DELAY_MS = 30;

export class Simulation implements World {
  readonly scenario: Scenario;
  readonly runtime = new SimRuntime();
  readonly judge: Judge;
  readonly dice: Dice;
  readonly sabotage: Sabotage | undefined;
  readonly #queue = new EventQueue<() => void>();
  readonly #trace: Trace;
  readonly #signers: readonly Signer[];
  readonly #nodes: readonly SimNode[];
  readonly #chain: SimChain;
  readonly #transactions: Hash[] = [];
  #kills = 0;
  #isOver = false;

  constructor(scenario: Scenario, options: SimulationOptions = {}) {
    this.scenario = scenario;
    this.dice = new Dice(`run of committee ${scenario.seed}`);
    this.sabotage = options.sabotage;
    this.#trace = new Trace(options);
    this.#signers = scenario.vices.map((_, node) => simSigner(node));
    const ids = this.#signers.map(({ publicKey }) => publicKey);
    this.#chain = new SimChain(scenario, ids, must(this.#committee(must(scenario.committees[0]))));
    this.judge = new Judge(scenario, this.runtime, ids, must(this.#chain.state.lastBlock).header);
    this.#nodes = this.#signers.map((signer, node) => new SimNode(node, signer, this));
  }

  run(): SimulationSummary {
    let violation: Violation | undefined;
    try {
      this.#begin();
      while (!this.#isOver) must(this.#queue.pop(), "something to come")();
    } catch (e) {
      if (!(e instanceof Violation)) throw e;
      violation = e;
    }
    return {
      seed: this.scenario.seed,
      violation,
      traceHash: this.#trace.digest(),
      tail: this.#trace.tail(),
      virtualMs: this.nowMs,
      counts: this.judge.counts,
      kills: this.#kills,
    };
  }

  get isFaulty(): boolean {
    return this.nowMs < this.scenario.faultyMs;
  }

  get nowMs(): number {
    return this.#queue.nowMs;
  }

  after(delayMs: number, action: () => void): void {
    this.#queue.push(delayMs, action);
  }

  commit(from: number, commitment: roothash.ExecutorCommitment): void {
    const { round, stateRoot } = commitment.header.header;
    this.note(from, `commits in round ${round} to ${stateRoot?.slice(0, 8) ?? "a failure"}`);
    this.after(this.#delay(), () => this.#chain.send(commitment));
    for (const node of this.#nodes) {
      if (!this.#isLost()) this.after(this.#delay(), () => node.commitmentObserved(commitment));
    }
  }

  propose(from: number, proposal: roothash.Proposal, to: (node: number) => boolean): void {
    for (const node of this.#nodes) {
      if (node.number === from || !to(node.number) || this.#isLost()) continue;
      this.after(this.#delay(), () => node.proposalCame(proposal));
    }
  }

  fetch(from: number, hashes: readonly Hash[]): readonly Hash[] {
    const others = this.#nodes.filter(({ number }) => number !== from);
    return hashes.filter((hash) => !this.#isLost() && others.some((node) => node.has(hash)));
  }

  isBeforeEpoch(): boolean {
    return this.#electedAt(this.#chain.height + 1) !== undefined;
  }

  note(node: number, text: string): void {
    this.#trace.add(`${this.nowMs} ${node === -1 ? "chain" : `node ${node}`}: ${text}`);
  }

  #isLost(): boolean {
    return this.isFaulty && this.dice.perMille(this.scenario.lostPerMille);
  }

  #delay(): number {
    return this.dice.between(0, this.isFaulty ? this.scenario.delayMs : CALM_DELAY_MS);
  }

  #committee(plan: CommitteePlan | null): scheduler.Committee | null {
    if (plan === null) return null;
    const { backupWorker, worker } = scheduler.committeeRoles;
    const members = (nodes: readonly number[], role: scheduler.Role) =>
      nodes.map((node) => ({ role, publicKey: must(this.#signers[node]).publicKey }));
    return {
      ...scheduler.Committee.zero(),
      kind: scheduler.committeeKinds.executor,
      runtimeId: simRuntimeId,
      members: [...members(plan.workers, worker), ...members(plan.backups, backupWorker)],
    };
  }

  /** The committee whose epoch begins at a height. */
  #electedAt(height: number): CommitteePlan | null | undefined {
    const { committees, epochBlocks } = this.scenario;
    const blocks = height - FIRST_HEIGHT;
    return blocks % epochBlocks === 0 && blocks > 0 ? committees[blocks / epochBlocks] : undefined;
  }

  #begin(): void {
    const { blockMs, crashes, faultyMs, transactions } = this.scenario;
    for (const node of this.#nodes) node.restart(this.#chain.state, this.#chain.height);
    for (const { atMs, downMs, node: number } of crashes) {
      const node = must(this.#nodes[number]);
      this.after(atMs, () => this.#crash(node, downMs));
    }
    for (let i = 0; i < transactions; i++) {
      this.after(this.dice.between(0, faultyMs), () => this.#submit(hashOf(utf8(`transaction ${i}`)) as Hash));
    }
    this.after(blockMs, () => this.#makeBlock());
    this.after(this.#calmFromMs, () => this.#submitAgain());
    this.after(this.#calmFromMs + this.#boundMs, () => this.#giveUp());
  }

  /** When faults are over and the last committee is there. */
  get #calmFromMs(): number {
    const { blockMs, committees, epochBlocks, faultyMs } = this.scenario;
    return Math.max(faultyMs, committees.length * epochBlocks * blockMs);
  }

  /** Time for so many rounds at their slowest that each worker was the first scheduler three times. */
  get #boundMs(): number {
    const { blockMs, flushTimeoutMs, jobMs, maxBatchSize, proposerTimeoutMs, roundTimeoutBlocks, transactions } =
      this.scenario;
    const ranks = 5;
    const roundMs =
      flushTimeoutMs + ranks * (proposerTimeoutMs + 2 * jobMs) + blockMs * (2.5 * roundTimeoutBlocks + 6) + 1000;
    return roundMs * 3 * (ranks + Math.ceil(transactions / maxBatchSize));
  }

  #crash(node: SimNode, downMs: number): void {
    if (!node.isUp) return;
    this.note(node.number, "is killed");
    node.crash();
    this.#kills++;
    this.after(downMs, () => {
      this.note(node.number, "starts");
      node.restart(this.#chain.state, this.#chain.height);
    });
  }

  #submit(hash: Hash): void {
    if (!this.#transactions.includes(hash)) this.#transactions.push(hash);
    this.dice.pick(this.#nodes).transactionCame(hash);
    for (const node of this.#nodes) {
      if (!this.#isLost()) this.after(this.#delay(), () => node.transactionCame(hash));
    }
  }

  get #executed(): ReadonlySet<Hash> {
    return this.runtime.executed(must(this.#chain.state.lastBlock).header.stateRoot);
  }

  /** Clients ask again for what is not final. */
  #submitAgain(): void {
    const open = this.#transactions.filter((hash) => !this.#executed.has(hash));
    if (open.length === 0) {
      this.#isOver = true;
      return;
    }
    for (const hash of open) for (const node of this.#nodes) node.transactionCame(hash);
    this.after(this.scenario.blockMs * 5, () => this.#submitAgain());
  }

  #giveUp(): void {
    const open = this.#transactions.filter((hash) => !this.#executed.has(hash));
    throw new Violation(`${open.length} of ${this.#transactions.length} transactions are not final in time`);
  }

  #makeBlock(): void {
    const plan = this.#electedAt(this.#chain.height + 1);
    const news = this.#chain.makeBlock(plan === undefined ? undefined : this.#committee(plan));
    if (news !== undefined) this.#tell(news);
    this.after(this.scenario.blockMs, () => this.#makeBlock());
  }

  #tell(news: ChainNews): void {
    const { height, isNewRound, state } = news;
    const { headerType, round } = must(state.lastBlock).header;
    const what = isNewRound ? `round ${round} ends with type ${headerType}` : `${news.committed.length} commitments`;
    this.note(-1, `block ${height}: ${what}, refused: ${news.refused.map(({ reason }) => reason).join("; ")}`);
    this.judge.blockMade(news);
    for (const node of this.#nodes) node.tell(news, this.dice.between(0, BLOCK_DELAY_MS));
  }
}
