// One node: its disk, and the engine that runs on it until the next stop.
import {
  proposalSignBytes,
  voteSignBytes,
  weightedMedian,
  type ConsensusAddress,
  type ConsensusMessage,
} from "@wadi/comet-types";
import { must } from "@wadi/util";
import type { EngineOutput } from "../../engine/consensus-engine.ts";
import type { RoundView } from "../../rounds/view.ts";
import type { Dice } from "@wadi/testing";
import { checkBounds } from "./bounds.ts";
import { SimulatedCrash } from "./disk.ts";
import type { NodeEvent } from "./events.ts";
import { Violation } from "./judge.ts";
import { simSigner, type SimKey } from "./keys.ts";
import type { Packet } from "./network.ts";
import { openEngine, type OpenEngine } from "./open-engine.ts";
import { NodeStorage } from "./node-storage.ts";
import { PeerFault, Peers } from "./peers.ts";
import type { Villain } from "./villain.ts";
import type { World } from "./world.ts";

const FLUSH_MS = 700;
const MISCHIEF_MS = 150;

export class SimNode {
  readonly number: number;
  readonly address: ConsensusAddress;
  readonly #world: World;
  readonly #key: SimKey;
  readonly #dice: Dice;
  readonly #villain: Villain | undefined;
  readonly #storage: NodeStorage;
  /** Signed, and not yet known to be durable. */
  readonly #signing: Uint8Array[] = [];
  #open: OpenEngine | undefined;
  #peers: Peers | undefined;
  /** Counts the starts. */
  #life = 0;
  /** Counts the timers that were set; only the last one fires. */
  #timer = 0;
  /** The last height that the judge has heard of. */
  #decided = 0;

  constructor(world: World, number: number, key: SimKey, dice: Dice, villain: Villain | undefined) {
    this.#world = world;
    this.number = number;
    this.#key = key;
    this.address = key.address;
    this.#dice = dice;
    this.#villain = villain;
    this.#storage = new NodeStorage(dice.fork("storage"), () => this.#hasSigned());
  }

  #hasSigned(): void {
    const signed = this.#signing.splice(0);
    if (!this.isBad) for (const message of signed) this.#world.judge.signed(this.number, message);
  }

  get isRunning(): boolean {
    return this.#open !== undefined;
  }

  /** Byzantine. */
  get isBad(): boolean {
    return this.#villain !== undefined;
  }

  get #view(): RoundView | undefined {
    return this.#open?.engine.view;
  }

  /** Of the last applied block. */
  get height(): number {
    return this.#view?.state.lastBlockHeight ?? 0;
  }

  get round(): number {
    return this.#view?.round ?? 0;
  }

  /**
   * True if no block that it proposes can be later than the last one, since the median of the votes
   * for that is not. It stays so: later votes are taken only before the height begins.
   */
  get isOutOfTime(): boolean {
    const view = this.#view;
    if (view?.lastCommit === undefined || view.round === 0) return false;
    const { lastCommit, lastValidators, state } = view;
    const times = Array.from(lastValidators, ({ votingPower: weight }, i) => ({ vote: lastCommit.get(i), weight }));
    const entries = times.flatMap(({ vote, weight }) => (vote === undefined ? [] : [{ time: vote.timestamp, weight }]));
    return weightedMedian(entries) <= state.lastBlockTime;
  }

  /** For messages about a run that stands still. */
  get status(): string {
    const view = this.#view;
    if (view === undefined) return "stopped";
    const { height, round, step, proposal, proposalParts, lockedRound, validRound } = view;
    const parts = proposalParts === undefined ? "no parts" : `${proposalParts.count} of ${proposalParts.header.total}`;
    return `${height}/${round}/${step} proposal ${proposal !== undefined}, ${parts}, locked ${lockedRound}, valid ${validRound}`;
  }

  crashAtWrite(n: number): void {
    this.#storage.disk.crashAtWrite(n);
  }

  /** False if the node stopped at a write. Throws Violation for everything else that goes wrong in it. */
  act(run: () => void): boolean {
    try {
      run();
      this.#report();
      return true;
    } catch (e) {
      if (e instanceof Violation) throw e;
      if (!(e instanceof SimulatedCrash)) {
        throw new Violation("failure", `node ${this.number}: ${e instanceof Error ? e.stack : String(e)}`);
      }
      this.#world.note(this.number, e.message);
      return false;
    }
  }

  /** Shows the judge what is new on disk. */
  #report(): void {
    if (this.#open === undefined || this.isBad) return;
    const { blocks, engine } = this.#open;
    const { judge } = this.#world;
    while (this.#decided < blocks.height) {
      const height = Math.max(this.#decided + 1, blocks.base);
      const { blockId } = must(blocks.loadMeta(height));
      const seenCommit = must(blocks.loadSeenCommit(height) ?? blocks.loadCommit(height));
      judge.decided(this.number, { height, blockId, seenCommit, loadBlock: () => must(blocks.loadBlock(height)) });
      this.#decided = height;
      if (height === blocks.height) judge.applied(this.number, engine.state);
    }
  }

  start(): void {
    this.#life++;
    const { genesis, scenario, judge, schedule } = this.#world;
    const signer = simSigner(this.#key, (message) => this.#signing.push(message));
    this.#open = openEngine(this.#world, this.number, this.#storage, signer);
    const { engine, blocks } = this.#open;
    this.#peers = new Peers({
      open: this.#open,
      send: (peer, packet) => this.#send(peer, packet),
      shows: (message) => this.#checkShown(message),
      pick: (count) => this.#dice.below(count),
      scenario,
    });
    if (!this.isBad && blocks.height <= judge.height) judge.applied(this.number, engine.state);
    const outputs = engine.start();
    if (!this.isBad) {
      // Only now: before the engine has synced what it read, a failure of the machine takes it away,
      // and nobody has seen it.
      for (const message of this.#storage.ownMessages(genesis.chainId)) judge.signed(this.number, message);
    }
    this.#carryOut(outputs);
    schedule.push(FLUSH_MS, { kind: "flush-log", node: this.number, life: this.#life });
    if (this.isBad) schedule.push(MISCHIEF_MS, { kind: "mischief", node: this.number, life: this.#life });
  }

  stop(): void {
    this.#open = undefined;
    this.#peers = undefined;
    this.#signing.length = 0;
    this.#storage.stop(this.#world.scenario.unsafeCommits);
    this.#world.judge.offences.forgot(this.number);
  }

  /** A message of ours must be durable before anybody sees it. */
  #checkShown({ sum }: ConsensusMessage): void {
    if (this.isBad) return;
    const { judge, genesis } = this.#world;
    const vote = sum?.case === "vote" ? sum.value.vote : undefined;
    if (vote !== undefined && vote.validatorAddress === this.address) {
      judge.shown(this.number, voteSignBytes(genesis.chainId, vote));
    }
    if (sum?.case !== "proposal") return;
    const message = proposalSignBytes(genesis.chainId, sum.value.proposal);
    const { publicKey } = this.#key;
    const isOurs = this.#world.verifier.verify({ publicKey, message, signature: sum.value.proposal.signature });
    if (isOurs) judge.shown(this.number, message);
  }

  #send(peer: number, packet: Packet): boolean {
    if (this.#view !== undefined) this.#villain?.watch(this.#view);
    const packets = this.#villain?.outgoing(peer, packet) ?? [packet];
    return packets.every((each) => this.#world.network.send(this.number, peer, each));
  }

  #carryOut(outputs: readonly EngineOutput[]): void {
    for (const output of outputs) this.#carryOutOne(output);
    const { engine, mempool } = must(this.#open);
    const { schedule } = this.#world;
    if (engine.hasWork) schedule.push(1, { kind: "work", node: this.number, life: this.#life });
    else if (mempool.takeAvailable()) this.#carryOut(engine.handle({ kind: "txs-available" }));
  }

  #carryOutOne(output: EngineOutput): void {
    const { schedule, network, judge, note } = this.#world;
    switch (output.kind) {
      case "schedule-timeout": {
        const { timeout } = output;
        const timer = ++this.#timer;
        const event = { kind: "timer", node: this.number, life: this.#life, timer, timeout } as const;
        return schedule.push(Math.max(1, timeout.durationMs), event);
      }
      case "broadcast":
        return this.#peers?.broadcast(output.message);
      case "event": {
        const { height, round, event } = output;
        const reason = "reason" in event ? ` ${event.reason.message}` : "";
        return note(this.number, `${height}/${round} ${event.kind}${reason}`);
      }
      case "peer-error":
        note(this.number, `drops ${output.peer}: ${output.error.message}`);
        return network.breakLater(this.number, Number(output.peer), 1);
      case "conflicting-votes":
        return this.isBad ? undefined : judge.conflict(this.number, output.a);
      case "block": {
        const { applied } = output;
        note(this.number, `block ${applied.state.lastBlockHeight} ${applied.blockId.hash}`);
        must(this.#open).mempool.recheck();
        return;
      }
      case "not-signed":
        return note(this.number, `does not sign: ${output.error.message}`);
      case "stop":
        // The state machine stops for whatever a port throws: here, a write at which the node dies.
        throwCrash(output.error);
        throw new Violation("failure", `node ${this.number} stops: ${output.error?.stack ?? "no reason"}`);
    }
  }

  peerUp(peer: number): void {
    const connection = must(this.#peers).add(peer, this.#world.schedule.nowMs);
    this.#world.schedule.push(1, { kind: "gossip", node: this.number, life: this.#life, peer, connection });
  }

  peerDown(peer: number): void {
    must(this.#peers).remove(peer);
  }

  receive(from: number, packet: Packet): void {
    const { engine, mempool } = must(this.#open);
    try {
      const message = must(this.#peers).receive(from, packet);
      if (message !== undefined) this.#carryOut(engine.handle({ kind: "message", peer: String(from), message }));
      else if (mempool.takeAvailable()) this.#carryOut(engine.handle({ kind: "txs-available" }));
    } catch (e) {
      if (!(e instanceof PeerFault)) throw e;
      this.#world.note(this.number, `drops ${from}: ${e.message}`);
      this.#world.network.breakLater(this.number, from, 1);
    }
  }

  /** A transaction from a client of this node. */
  submit(tx: Uint8Array): void {
    const { engine, mempool } = must(this.#open);
    mempool.checkTx(tx);
    if (mempool.takeAvailable()) this.#carryOut(engine.handle({ kind: "txs-available" }));
  }

  handle(event: NodeEvent): void {
    if (event.life !== this.#life) return;
    const { engine } = must(this.#open);
    const { schedule } = this.#world;
    switch (event.kind) {
      case "timer":
        if (event.timer !== this.#timer) return;
        return this.#carryOut(engine.handle({ kind: "timeout", timeout: event.timeout }));
      case "work":
        return this.#carryOut(engine.proceed());
      case "flush-log":
        checkBounds(this.number, must(this.#open), this.#world.scenario.powers.length);
        engine.flush();
        return schedule.push(FLUSH_MS, event);
      case "gossip":
        if (!must(this.#peers).gossip(event.peer, event.connection, schedule.nowMs)) return;
        return schedule.push(this.#world.scenario.gossipSleepMs, event);
      case "mischief":
        for (const packet of must(this.#villain).mischief(engine.view)) {
          for (const peer of must(this.#peers).all()) {
            if (this.#dice.oneIn(2)) this.#world.network.send(this.number, peer, packet);
          }
        }
        return schedule.push(MISCHIEF_MS, event);
    }
  }
}

/** Throws the crash that is behind an error, if one is. */
function throwCrash(error: unknown): void {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof SimulatedCrash) throw e;
}
