// What the transitions work on: the round state, the surroundings, and the list of effects that
// the current input has had so far.
import type { EngineState } from "@wadi/comet-types";
import { must } from "@wadi/util";
import type { RoundState } from "./round-state.ts";
import { RoundStep } from "./step.ts";
import {
  OWN_PEER,
  type Effect,
  type Now,
  type RoundBroadcast,
  type RoundEvent,
  type RoundMessage,
  type RoundPorts,
  type RoundsConfig,
} from "./types.ts";

export class RoundsContext {
  readonly config: RoundsConfig;
  readonly ports: RoundPorts;
  /** Replaced as a whole with each height. */
  rs: RoundState;
  now: Now;
  #effects: Effect[] = [];

  constructor(config: RoundsConfig, ports: RoundPorts, rs: RoundState, now: Now) {
    this.config = config;
    this.ports = ports;
    this.rs = rs;
    this.now = now;
  }

  get state(): EngineState {
    return this.rs.state;
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  event(event: RoundEvent): void {
    this.emit({ kind: "event", height: this.rs.height, round: this.rs.round, event });
  }

  broadcast(message: RoundBroadcast): void {
    this.emit({ kind: "broadcast", message });
  }

  schedule(durationMs: number, step: RoundStep): void {
    const { height, round } = this.rs;
    const timeout = { durationMs: Math.max(0, durationMs), height, round, step };
    this.emit({ kind: "schedule-timeout", timeout });
  }

  /**
   * Puts a message into the log; to be called before other effects of it, and only for messages
   * that change something, so that a flood of useless ones does not fill the log. Signed messages
   * of our own must not be forgotten; all else may be sent again by others.
   */
  log(message: RoundMessage, peer: string): void {
    const sync = peer === OWN_PEER && message.kind !== "block-part";
    this.emit({ kind: "write-ahead", record: { kind: "message", peer, message }, sync });
  }

  /** Hands over the effects since the last call. */
  take(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Notes a step in the log and tells the peers. */
  newStep(): void {
    const { height, round, step } = this.rs;
    this.emit({ kind: "write-ahead", record: { kind: "step", height, round, step }, sync: false });
    this.announceStep();
  }

  announceStep(): void {
    const { height, round, step, startMs, lastCommit } = this.rs;
    const secondsSinceStartTime = BigInt(Math.trunc((this.now.ms - startMs) / 1000));
    const value = { height, round, step, secondsSinceStartTime, lastCommitRound: lastCommit?.round ?? -1 };
    this.broadcast({ kind: "new-round-step", value });
  }

  /** Tells the peers of which block we collect parts, and which of them we have. */
  announceValidBlock(): void {
    const { height, round, step, proposalParts } = this.rs;
    const parts = must(proposalParts);
    this.broadcast({
      kind: "new-valid-block",
      value: {
        height,
        round,
        blockPartSetHeader: parts.header,
        blockParts: parts.present().toMessage(),
        isCommit: step === RoundStep.commit,
      },
    });
  }
}
