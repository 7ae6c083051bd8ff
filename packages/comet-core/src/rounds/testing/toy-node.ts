// One node of a toy chain: the real round state machine, whose effects are carried out in memory.
import { blockIdOf, blockPartSet, type Block, type EngineState, type Header } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import { addressOfKey, type Commit } from "@wadi/comet-types";
import { makeBlock } from "../../execution/create-block.ts";
import { validateNextBlock } from "../../execution/validate-block.ts";
import { Rounds } from "../rounds.ts";
import { oasisTimeouts, supersedesTimeout } from "../timeouts.ts";
import {
  OWN_PEER,
  type CommittedBlock,
  type Effect,
  type Input,
  type Now,
  type RoundEvent,
  type RoundMessage,
  type RoundPorts,
  type RoundsConfig,
  type TimeoutInfo,
} from "../types.ts";
import type { RoundView } from "../view.ts";
import { GENESIS_TIME, ToyVerifier, applyToy, signedProposal, signedVote } from "./toy-chain.ts";

export interface ToyNodeOptions {
  readonly state: EngineState;
  /** Undefined for a node that does not sign. */
  readonly key?: PublicKey | undefined;
  readonly config?: Partial<RoundsConfig>;
  /** Transactions of the next block that is proposed. */
  readonly takeTransactions?: () => readonly Uint8Array[];
  readonly processProposal?: (block: Block) => boolean;
  /** What an earlier run of the node has stored. */
  readonly chain?: readonly CommittedBlock[];
  readonly verifier?: RoundPorts["verifier"];
  readonly sign?: { vote: typeof signedVote; proposal: typeof signedProposal };
  readonly forgets?: boolean;
  /** Gets what the node signs, as gossip would take it from the round state. */
  readonly onOwnMessage?: (message: RoundMessage) => void;
}

export class ToyNode {
  readonly verifier: RoundPorts["verifier"];
  /** All effects so far, unless `forgets` is set. */
  readonly effects: Effect[] = [];
  readonly chain: CommittedBlock[];
  /** The timeout that the one timer waits for. */
  timer: (TimeoutInfo & { readonly atMs: number }) | undefined;
  now: Now = { time: GENESIS_TIME, ms: 0 };
  state: EngineState;
  readonly #options: ToyNodeOptions;
  readonly #rounds: Rounds;
  readonly #queue: RoundMessage[] = [];
  #lastTimeout: TimeoutInfo | undefined;

  constructor(options: ToyNodeOptions) {
    this.#options = options;
    this.state = options.state;
    this.chain = [...(options.chain ?? [])];
    this.verifier = options.verifier ?? new ToyVerifier();
    const config: RoundsConfig = {
      validator: options.key && addressOfKey(options.key),
      timeouts: oasisTimeouts(1000),
      skipTimeoutCommit: false,
      createEmptyBlocks: true,
      emptyBlocksIntervalMs: 0,
      ...options.config,
    };
    this.#rounds = new Rounds(config, this.#ports(), options.state, this.now);
  }

  #ports(): RoundPorts {
    return {
      verifier: this.verifier,
      createProposalBlock: (state, _height, lastCommit, proposerAddress) => {
        const txs = this.#options.takeTransactions?.() ?? [];
        return makeBlock(state, { txs, evidence: [], lastCommit, proposerAddress });
      },
      validateBlock: (state, block) => validateNextBlock(state, block, this.verifier),
      processProposal: (_state, block) => this.#options.processProposal?.(block) ?? true,
      loadHeader: (height) => this.header(height),
      loadSeenCommit: (height) => this.#stored(height)?.seenCommit,
    };
  }

  #stored(height: number): { block: Block; seenCommit: Commit } | undefined {
    return this.chain.find(({ block }) => block.header.height === height);
  }

  header(height: number): Header | undefined {
    return this.#stored(height)?.block.header;
  }

  get view(): RoundView {
    return this.#rounds.view;
  }

  get isStopped(): boolean {
    return this.#rounds.isStopped;
  }

  start(): void {
    this.feed({ kind: "start" });
  }

  /** Moves the clock; nothing fires by itself. */
  advance(ms: number): void {
    this.now = { time: this.now.time + BigInt(ms) * 1_000_000n, ms: this.now.ms + ms };
  }

  /** Lets the timer run out. */
  fireTimer(): TimeoutInfo {
    const { timer } = this;
    if (timer === undefined) throw new Error("no timeout is scheduled");
    this.timer = undefined;
    this.advance(Math.max(0, timer.atMs - this.now.ms));
    const { durationMs, height, round, step } = timer;
    const timeout = { durationMs, height, round, step };
    this.feed({ kind: "timeout", timeout });
    return timeout;
  }

  receive(message: RoundMessage, peer = "peer"): void {
    this.feed({ kind: "message", peer, message });
  }

  /** Handles an input and then what the node tells itself; a block at most, lest one validator alone goes on forever. */
  feed(input: Input): void {
    const blocks = this.chain.length;
    this.#step(input);
    while (this.chain.length === blocks && this.hasOwnMessage) this.handleOwnMessage();
  }

  get hasOwnMessage(): boolean {
    return this.#queue.length > 0;
  }

  /** Handles the next of the messages that wait in the own queue. */
  handleOwnMessage(): void {
    const own = this.#queue.shift();
    if (own === undefined) return;
    this.#step({ kind: "message", peer: OWN_PEER, message: own });
    this.#options.onOwnMessage?.(own);
  }

  #step(input: Input): void {
    for (const effect of this.#rounds.handle(input, this.now)) {
      if (this.#options.forgets !== true) this.effects.push(effect);
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    const { key, sign = { vote: signedVote, proposal: signedProposal } } = this.#options;
    switch (effect.kind) {
      case "schedule-timeout":
        if (!supersedesTimeout(this.#lastTimeout, effect.timeout)) return;
        this.#lastTimeout = effect.timeout;
        this.timer = { ...effect.timeout, atMs: this.now.ms + effect.timeout.durationMs };
        return;
      case "sign-vote":
        if (key !== undefined) this.#queue.push({ kind: "vote", vote: sign.vote(key, effect.vote) });
        return;
      case "sign-proposal": {
        if (key === undefined) return;
        const proposal = sign.proposal(key, effect.proposal);
        const { height, round } = proposal;
        this.#queue.push({ kind: "proposal", proposal });
        for (let i = 0; i < effect.parts.header.total; i++) {
          this.#queue.push({ kind: "block-part", part: { height, round, part: effect.parts.part(i)! } });
        }
        return;
      }
      case "commit-block": {
        const { block, blockId, parts, seenCommit } = effect;
        this.chain.push({ block, blockId, parts, seenCommit });
        this.state = applyToy(this.state, blockId, block);
        this.#step({ kind: "block-applied", state: this.state });
        return;
      }
      case "fatal":
        throw effect.error;
      default:
    }
  }

  /** The events of one kind, in order. */
  events<K extends RoundEvent["kind"]>(kind: K): Extract<RoundEvent, { kind: K }>[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "event" && effect.event.kind === kind ? [effect.event as Extract<RoundEvent, { kind: K }>] : [],
    );
  }

  of<K extends Effect["kind"]>(kind: K): Extract<Effect, { kind: K }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
  }
}

/** A block of the next height with its parts, as some proposer would make it. */
export function blockInParts(block: Block) {
  const parts = blockPartSet(block);
  return { block, parts, id: blockIdOf(block, parts) };
}
