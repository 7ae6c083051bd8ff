// Runs the round state machine: gives it inputs and carries its effects out, over stores and a log
// that write at once. What is left for the surroundings (timers, peers) comes back as outputs.
//
// What must be durable before what: a signature may leave this process, and a block that holds one
// may be stored, only when the log and then the sign state are durable up to it. So own messages
// go through the state machine at once, and one sync of the log and one write of the sign state,
// after everything that an input has caused, stand in front of the outputs. Whoever reads `view`
// for gossip does so between calls, that is behind them. A signature that a crash loses before it
// was never made as far as anybody can tell. The log comes first, because a sign state that knows
// of more than the log could not be caught up with (it may be ahead by a prevote and a precommit,
// and then no prevote can be had any more); what the log has beyond the sign state is taken over
// from it at the start.
//
// A node that nobody hears of before its blocks are stored, because it has no peers, needs neither
// for what it signs in the call that decides the block: the block's own transaction carries the
// sign state. Reference: consensus/state.go, consensus/replay.go (catchupReplay).
import type { EngineState, PartSet, Proposal, Vote } from "@wadi/comet-types";
import { isError, must, WadiError } from "@wadi/util";
import { ErrApplicationStop } from "../application.ts";
import type { CachingVerifier } from "../execution/verified-signatures.ts";
import { Rounds } from "../rounds/rounds.ts";
import { supersedesTimeout } from "../rounds/timeouts.ts";
import {
  OWN_PEER,
  type CommittedBlock,
  type Effect,
  type Input,
  type Now,
  type RoundMessage,
  type RoundPorts,
  type RoundsConfig,
  type TimeoutInfo,
  type WalRecord,
} from "../rounds/types.ts";
import type { RoundView } from "../rounds/view.ts";
import { signedMessageOf, type PrivateValidator, type SignOutcome } from "../sign-state/private-validator.ts";
import type { SignRequest } from "../sign-state/sign-state.ts";
import type { BlockStore } from "../stores/block-store.ts";
import { ErrWalEndHeight } from "../wal/errors.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";
import type { AppliedBlock, BlockExecutor } from "./block-executor.ts";
import { checkSignState } from "./check-sign-state.ts";

/** Records of others wait for company before they are written, but not more than this. */
const MAX_UNWRITTEN_BYTES = 1 << 16;

/** What the surroundings are to do, in order. */
export type EngineOutput =
  /** Replaces the timer that is running, if any; when it fires, it is an input. */
  | Extract<Effect, { kind: "schedule-timeout" | "broadcast" | "event" | "peer-error" | "conflicting-votes" }>
  | { readonly kind: "block"; readonly applied: AppliedBlock }
  /** The private validator would not sign; nothing was sent. */
  | { readonly kind: "not-signed"; readonly error: WadiError }
  /** The engine takes no more input. Without error it was asked to stop. */
  | { readonly kind: "stop"; readonly error?: Error };

export type EngineInput = Extract<Input, { kind: "message" | "timeout" | "txs-available" }>;

export interface EngineParts {
  readonly executor: BlockExecutor;
  readonly blocks: BlockStore;
  readonly wal: WriteAheadLog;
  readonly verifier: CachingVerifier;
  /** Undefined for a node that only follows. */
  readonly privateValidator: PrivateValidator | undefined;
  /** For conflicting votes; the rest of the pool is the executor's. */
  readonly evidence: { reportConflictingVotes(a: Vote, b: Vote): void };
  /** True only where there will never be a peer: then nobody else has the chain. */
  readonly hasNoPeers?: boolean;
  now(): Now;
}

export type EngineConfig = Omit<RoundsConfig, "validator">;

export class ConsensusEngine {
  readonly #parts: EngineParts;
  readonly #rounds: Rounds;
  #state: EngineState;
  /** Of the input that is handled. */
  #now: Now;
  readonly #own: RoundMessage[] = [];
  #outputs: EngineOutput[] = [];
  #lastTimeout: TimeoutInfo | undefined;
  /** Something is logged or signed that must be durable before anybody hears of it. */
  #mustSync = false;
  #isReplaying = false;
  /** The state machine waits to hear of this state. */
  #applied: EngineState | undefined;
  #isStopped = false;
  /** Something was not made durable, and nobody must hear of it any more. */
  #hasFailed = false;

  /**
   * The engine at the height after `state`, which comes from the handshake. Throws
   * ErrSignStateMissing and ErrSignStateOld where signing could repeat what was signed before, and
   * what `Rounds` throws.
   */
  constructor(parts: EngineParts, config: EngineConfig, state: EngineState) {
    this.#parts = parts;
    this.#state = state;
    const { blocks, executor, privateValidator, verifier } = parts;
    if (privateValidator !== undefined) {
      const record = blocks.loadSignRecord();
      if (record !== undefined) privateValidator.takeOver(record);
      checkSignState(privateValidator, blocks, state);
    }
    const ports: RoundPorts = {
      verifier,
      createProposalBlock: (at, _height, lastCommit, proposer) =>
        executor.createProposalBlock(at, lastCommit, proposer),
      validateBlock: (at, block) => executor.validate(at, block),
      processProposal: (at, block) => executor.processProposal(at, block),
      loadHeader: (height) => blocks.loadHeader(height),
      loadSeenCommit: (height) => blocks.loadSeenCommit(height),
    };
    this.#now = parts.now();
    this.#rounds = new Rounds({ ...config, validator: privateValidator?.address }, ports, state, this.#now);
  }

  /** The round state, for gossip and status; not to be kept. */
  get view(): RoundView {
    return this.#rounds.view;
  }

  /** After the last applied block. */
  get state(): EngineState {
    return this.#state;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** A call ends with the block that it decides, so that others learn of it at once: call `proceed`. */
  get hasWork(): boolean {
    return !this.#isStopped && (this.#applied !== undefined || this.#own.length > 0);
  }

  /**
   * Once, before anything else: replays the log of this height, then starts its first round. The
   * log must be open. Throws ErrWalEndHeight, ErrWalCorrupted.
   */
  start(): readonly EngineOutput[] {
    return this.#run(() => {
      // From now on a missing sign state is one that was lost.
      if (this.#parts.privateValidator?.isNew === true) this.#parts.privateValidator.flush();
      this.#replay();
      this.#takeApplied();
      if (!this.#isStopped) this.#step({ kind: "start" });
    });
  }

  /** Takes an input and everything that follows from it. A failure of disk or application passes, and stops the engine. */
  handle(input: EngineInput): readonly EngineOutput[] {
    return this.#run(() => this.#step(input));
  }

  /** Goes on with own messages. */
  proceed(): readonly EngineOutput[] {
    return this.#run(() => undefined);
  }

  /** Writes out what others have sent, and the sign state where it waits; for a timer of a second or two, and for the end. */
  flush(): void {
    if (this.#hasFailed) return;
    const { blocks, privateValidator, wal } = this.#parts;
    wal.flush();
    if (privateValidator?.flush() === true) blocks.stageSignRecord(privateValidator.record);
  }

  #run(body: () => void): readonly EngineOutput[] {
    if (this.#isStopped) return [];
    try {
      this.#takeApplied();
      body();
      while (this.#applied === undefined && !this.#isStopped) {
        const message = this.#own.shift();
        if (message === undefined) break;
        this.#step({ kind: "message", peer: OWN_PEER, message });
      }
      this.#makeDurable();
    } catch (error) {
      this.#isStopped = true;
      this.#hasFailed = true;
      throw error;
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #takeApplied(): void {
    const state = this.#applied;
    if (state === undefined) return;
    this.#applied = undefined;
    this.#step({ kind: "block-applied", state });
  }

  #makeDurable(): void {
    const { privateValidator, wal } = this.#parts;
    if (this.#mustSync) {
      wal.sync();
      privateValidator?.flush();
      this.#mustSync = false;
    } else if (wal.unwrittenBytes > MAX_UNWRITTEN_BYTES) {
      wal.flush();
    }
  }

  #step(input: Input): void {
    this.#now = this.#parts.now();
    for (const effect of this.#rounds.handle(input, this.#now)) {
      if (this.#isStopped) return;
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "write-ahead":
        return this.#log(effect.record, effect.sync);
      case "schedule-timeout":
        if (!supersedesTimeout(this.#lastTimeout, effect.timeout)) return;
        this.#lastTimeout = effect.timeout;
        this.#outputs.push(effect);
        return;
      case "sign-vote":
        return this.#signVote(effect.vote);
      case "sign-proposal":
        return this.#signProposal(effect.proposal, effect.parts);
      case "commit-block":
        return this.#commit(effect);
      case "conflicting-votes":
        this.#parts.evidence.reportConflictingVotes(effect.a, effect.b);
        this.#outputs.push(effect);
        return;
      case "fatal":
        return this.#stop(effect.error);
      case "broadcast":
      case "event":
      case "peer-error":
        // During the replay there is nobody yet to tell.
        if (!this.#isReplaying) this.#outputs.push(effect);
        return;
    }
  }

  #log(record: WalRecord, sync: boolean): void {
    if (this.#isReplaying) return;
    this.#parts.wal.append(record, this.#now.time);
    if (sync) this.#mustSync = true;
  }

  #signVote(unsigned: Vote): void {
    const vote = this.#signed((validator, chainId) => validator.signVote(chainId, unsigned));
    if (vote !== undefined) this.#queueOwn({ kind: "vote", vote });
  }

  #signProposal(unsigned: Proposal, parts: PartSet): void {
    const proposal = this.#signed((validator, chainId) => validator.signProposal(chainId, unsigned));
    if (proposal === undefined) return;
    this.#queueOwn({ kind: "proposal", proposal });
    const { height, round } = proposal;
    for (let i = 0; i < parts.header.total; i++) {
      const part = parts.part(i);
      if (part !== undefined) this.#own.push({ kind: "block-part", part: { height, round, part } });
    }
  }

  #signed<T>(sign: (validator: PrivateValidator, chainId: string) => SignOutcome<T>): T | undefined {
    const { privateValidator } = this.#parts;
    if (privateValidator === undefined) return undefined;
    const outcome = sign(privateValidator, this.#state.chainId);
    if ("refused" in outcome) {
      // A replay asks again for what was signed before the crash, perhaps for another proposal.
      if (!this.#isReplaying) this.#outputs.push({ kind: "not-signed", error: outcome.refused });
      return undefined;
    }
    this.#mustSync = true;
    return outcome.signed;
  }

  #queueOwn(message: SignRequest): void {
    const { privateValidator, verifier } = this.#parts;
    const { publicKey } = must(privateValidator);
    verifier.remember(signedMessageOf(this.#state.chainId, publicKey, message));
    this.#own.push(message);
  }

  #commit(committed: CommittedBlock): void {
    const { executor, hasNoPeers, privateValidator, wal, now } = this.#parts;
    // The stored block shows our signature, which has to be durable then: before it, or with it.
    const signRecord = this.#mustSync && hasNoPeers === true ? privateValidator?.record : undefined;
    if (signRecord === undefined) this.#makeDurable();
    let applied: AppliedBlock;
    try {
      applied = executor.apply(
        this.#state,
        committed,
        (height) => {
          // Not synced for itself: no later record can be durable without it, and a start that finds
          // the block but not the end of its height writes that again.
          wal.append({ kind: "end-height", height }, now().time);
          wal.flush();
        },
        signRecord,
      );
    } catch (error) {
      if (isError(error, ErrApplicationStop)) return this.#stop();
      throw error;
    }
    if (signRecord !== undefined) this.#mustSync = false;
    this.#state = applied.state;
    this.#outputs.push({ kind: "block", applied });
    if (applied.mustStop) this.#stop();
    else this.#applied = applied.state;
  }

  #stop(error?: Error): void {
    this.#isStopped = true;
    const isWish = error === undefined || isError(error, ErrApplicationStop);
    this.#outputs.push(isWish ? { kind: "stop" } : { kind: "stop", error });
  }

  /** Lets the private validator know of a signature that was logged but not yet in its own file. */
  #recall(record: WalRecord): void {
    const { privateValidator, verifier } = this.#parts;
    const request = ownRequest(record);
    if (privateValidator === undefined || request === undefined) return;
    const signed = signedMessageOf(this.#state.chainId, privateValidator.publicKey, request);
    if (!verifier.verify(signed)) return;
    privateValidator.recall(request, signed.message);
    // It may be sent again from now on.
    this.#mustSync = true;
  }

  /** Gives the state machine again what it got at this height before the last stop. */
  #replay(): void {
    const { wal, now } = this.#parts;
    const { height } = this.#rounds.view;
    // The end of this very height may be there if its block was damaged and taken back.
    const ended = wal.lastEndedHeight();
    if (ended > height) {
      const context = `it ended height ${ended}, the engine is at ${height}`;
      throw new WadiError(ErrWalEndHeight, { context, data: { height, ended } });
    }
    const last = height === this.#state.initialHeight ? 0 : height - 1;
    const records = wal.recordsAfter(last);
    if (records === undefined) {
      // The stop came before the end of that height was logged, and nothing of ours is behind it:
      // a later record can only be durable together with it.
      wal.append({ kind: "end-height", height: last }, now().time);
      wal.sync();
      return;
    }
    for (const record of records) this.#recall(record);
    this.#isReplaying = true;
    for (const record of records) {
      // A block that is decided now ends the height; records of it that follow are of no use.
      if (this.#isStopped || this.#applied !== undefined) break;
      if (record.kind === "message" || record.kind === "timeout") this.#step(record);
    }
    this.#isReplaying = false;
  }
}

/** A vote or proposal of ours in the log. */
function ownRequest(record: WalRecord): SignRequest | undefined {
  if (record.kind !== "message" || record.peer !== OWN_PEER) return undefined;
  const { message } = record;
  return message.kind === "vote" || message.kind === "proposal" ? message : undefined;
}
