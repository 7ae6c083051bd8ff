// What goes into the round state machine and what comes out of it. The machine itself does no I/O:
// whoever runs it carries the effects out in the order in which they are listed.
import type {
  Block,
  BlockId,
  BlockPart,
  Commit,
  ConsensusAddress,
  EngineState,
  EngineVerifier,
  HasVote,
  Header,
  NewRoundStep,
  NewValidBlock,
  PartSet,
  Proposal,
  TimeNs,
  Vote,
  VoteSetMaj23,
} from "@wadi/comet-types";
import type { RoundStep } from "./step.ts";

/** Base and growth per round of the three timeouts inside a round, and the pause after a commit. */
export interface RoundTimeouts {
  readonly proposeMs: number;
  readonly proposeDeltaMs: number;
  readonly prevoteMs: number;
  readonly prevoteDeltaMs: number;
  readonly precommitMs: number;
  readonly precommitDeltaMs: number;
  readonly commitMs: number;
}

export interface RoundsConfig {
  /** Our own validator address; undefined for a node that never signs. */
  readonly validator: ConsensusAddress | undefined;
  readonly timeouts: RoundTimeouts;
  /** Start the next height as soon as every validator has precommitted. */
  readonly skipTimeoutCommit: boolean;
  readonly createEmptyBlocks: boolean;
  /** How long to wait for transactions before an empty block; 0 does not wait. */
  readonly emptyBlocksIntervalMs: number;
  /**
   * False: also after a block that changed the application's state the next one waits, so that
   * blocks come only for transactions. For networks that nobody but this engine takes part in.
   * Default: true, as in the reference.
   */
  readonly proofBlocks?: boolean;
}

/** What the state machine asks of its surroundings; each call returns at once. */
export interface RoundPorts {
  /** Called once for each vote and proposal that might be accepted; it may remember its answers. */
  readonly verifier: EngineVerifier;
  /**
   * A new block, PrepareProposal included; undefined where none can be made. A throw stops the
   * machine. `lastCommit` is empty (height 0) for the first block.
   */
  createProposalBlock(
    state: EngineState,
    height: number,
    lastCommit: Commit,
    proposer: ConsensusAddress,
  ): Block | undefined;
  /** All rules of block validity against the state; throws a WadiError where one is broken. */
  validateBlock(state: EngineState, block: Block): void;
  /** ABCI ProcessProposal. A throw stops the machine. */
  processProposal(state: EngineState, block: Block): boolean;
  /** The header of a stored block. */
  loadHeader(height: number): Header | undefined;
  /** The precommits with which this node saw the block of this height become final. */
  loadSeenCommit(height: number): Commit | undefined;
}

/** A moment: calendar time for votes, monotonic milliseconds for timers. */
export interface Now {
  readonly time: TimeNs;
  readonly ms: number;
}

/** Messages that may change the round state. From peers they must have passed `validateRoundMessage`. */
export type RoundMessage =
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "block-part"; readonly part: BlockPart }
  | { readonly kind: "vote"; readonly vote: Vote }
  /** A peer claims to have seen two thirds for a block: its votes are then kept even in conflict. */
  | { readonly kind: "majority-claim"; readonly claim: VoteSetMaj23 };

export interface TimeoutInfo {
  readonly durationMs: number;
  readonly height: number;
  readonly round: number;
  readonly step: RoundStep;
}

/** The peer of our own messages. */
export const OWN_PEER = "";

export type Input =
  /** Once, after construction and replay of the log. */
  | { readonly kind: "start" }
  | { readonly kind: "message"; readonly peer: string; readonly message: RoundMessage }
  | { readonly kind: "timeout"; readonly timeout: TimeoutInfo }
  /** The mempool has transactions for this height; once per height is enough. */
  | { readonly kind: "txs-available" }
  /** The answer to the effect `commit-block`, and then the only input that is allowed. */
  | { readonly kind: "block-applied"; readonly state: EngineState };

/** What the write-ahead log keeps; `end-height` is written by whoever carries out `commit-block`. */
export type WalRecord =
  | { readonly kind: "message"; readonly peer: string; readonly message: RoundMessage }
  | { readonly kind: "timeout"; readonly timeout: TimeoutInfo }
  | { readonly kind: "step"; readonly height: number; readonly round: number; readonly step: RoundStep }
  | { readonly kind: "end-height"; readonly height: number };

/** News for peers, to all of them. */
export type RoundBroadcast =
  | { readonly kind: "new-round-step"; readonly value: NewRoundStep }
  | { readonly kind: "new-valid-block"; readonly value: NewValidBlock }
  | { readonly kind: "has-vote"; readonly value: HasVote };

/** A final block. `seenCommit` is our own justification; the next block may carry another one. */
export interface CommittedBlock {
  readonly block: Block;
  readonly blockId: BlockId;
  readonly parts: PartSet;
  readonly seenCommit: Commit;
}

/** Something happened, for logs, status and tests. */
export type RoundEvent =
  | { readonly kind: "new-round"; readonly proposer: ConsensusAddress }
  | { readonly kind: "complete-proposal"; readonly blockId: BlockId }
  | { readonly kind: "valid-block"; readonly blockId: BlockId }
  | { readonly kind: "polka"; readonly blockId: BlockId }
  | { readonly kind: "lock" | "relock" | "unlock" }
  | { readonly kind: "timeout"; readonly step: RoundStep }
  | { readonly kind: "vote"; readonly vote: Vote }
  /** A proposal that we do not prevote, with the reason. */
  | { readonly kind: "proposal-refused"; readonly reason: Error }
  /** A peer gave us something that we needed. */
  | { readonly kind: "useful"; readonly peer: string; readonly what: "vote" | "block-part" }
  /** A message that was not accepted; the peer may be honest and only late. */
  | {
      readonly kind: "message-refused";
      readonly peer: string;
      readonly what: RoundMessage["kind"];
      readonly reason: Error;
    }
  /** Somebody signs with our key. */
  | { readonly kind: "own-conflict"; readonly a: Vote; readonly b: Vote };

export type Effect =
  /** If `sync`, to be durable before anything that follows from it leaves the process or is stored. */
  | { readonly kind: "write-ahead"; readonly record: WalRecord; readonly sync: boolean }
  /** By the one-timer rule: see `supersedesTimeout`. */
  | { readonly kind: "schedule-timeout"; readonly timeout: TimeoutInfo }
  /** Sign (not at all if the private validator refuses) and queue as own message. */
  | { readonly kind: "sign-vote"; readonly vote: Vote }
  /** Likewise; then the proposal and each of the parts are queued as own messages, in this order. */
  | { readonly kind: "sign-proposal"; readonly proposal: Proposal; readonly parts: PartSet }
  | { readonly kind: "broadcast"; readonly message: RoundBroadcast }
  /** The last effect of its list: save the block, write `end-height` with sync, apply, answer with `block-applied`. */
  | ({ readonly kind: "commit-block" } & CommittedBlock)
  /** For the evidence pool: a validator (not us) signed both. */
  | { readonly kind: "conflicting-votes"; readonly a: Vote; readonly b: Vote }
  | { readonly kind: "event"; readonly height: number; readonly round: number; readonly event: RoundEvent }
  /** Disconnect this peer. */
  | { readonly kind: "peer-error"; readonly peer: string; readonly error: Error }
  /** Consensus failure: the machine has stopped and takes no more input. */
  | { readonly kind: "fatal"; readonly error: Error };
