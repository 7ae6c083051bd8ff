// The consensus reactor without threads and sockets (consensus/reactor.go of the fork): what peers
// tell us goes into their states and into the round state machine, and whoever runs this asks what
// to send them next.
//
// It counts on a transport that keeps order and loses nothing within a connection: what was sent
// is taken to have arrived.
import { SignedMsgType, type EngineState, type NewRoundStep, type VoteSetMaj23 } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { roundBroadcastToWire } from "../rounds/messages.ts";
import { RoundStep } from "../rounds/step.ts";
import type { RoundBroadcast, RoundMessage } from "../rounds/types.ts";
import type { RoundView } from "../rounds/view.ts";
import { ErrInvalidRoundStep } from "./errors.ts";
import { nextData, type PickIndex, type StoredBlocks } from "./gossip-data.ts";
import { majorityClaims, nextVote } from "./gossip-votes.ts";
import { STATE_CHANNEL, VOTE_SET_BITS_CHANNEL, channelOf, decodeGossipMessage, type PeerNews } from "./messages.ts";
import type { Knowledge, Outgoing } from "./outgoing.ts";
import { PeerState, type KnownPeer } from "./peer-state.ts";
import { rememberedBlocks } from "./remembered-blocks.ts";

/** How long to wait before asking again what a peer needs, if nothing has changed. */
export const GOSSIP_INTERVAL_MS = 100;
/** How often peers are told of majorities. */
export const MAJORITY_CLAIM_INTERVAL_MS = 2000;

export interface GossipPorts {
  /** Undefined while the node catches up by other means; then only the peers' steps are followed. */
  view(): RoundView | undefined;
  readonly blocks: StoredBlocks;
  readonly pick: PickIndex;
  readonly initialHeight: EngineState["initialHeight"];
}

/** What follows from a message of a peer. */
export interface Reception {
  /** Input for the round state machine. */
  readonly forward: RoundMessage | undefined;
  /** To be sent back if there is room. */
  readonly reply: Outgoing | undefined;
}

const NOTHING: Reception = { forward: undefined, reply: undefined };

export class ConsensusGossip {
  readonly #ports: GossipPorts;
  readonly #blocks: StoredBlocks;
  readonly #peers = new Map<string, PeerState>();

  constructor(ports: GossipPorts) {
    this.#ports = ports;
    this.#blocks = rememberedBlocks(ports.blocks);
  }

  /** A new connection. Returns what to greet the peer with: where we stand, once we take part. */
  addPeer(peer: string, nowMs: number): readonly Outgoing[] {
    this.#peers.set(peer, new PeerState());
    const view = this.#ports.view();
    return view === undefined ? [] : [broadcastMessage({ kind: "new-round-step", value: roundStepOf(view, nowMs) })];
  }

  /**
   * Where we stand, for a peer that may have missed a broadcast: our step, and which parts we have
   * of a block that has two thirds. The latter matters: parts that came before we expected them
   * were dropped, and the sender gives them again only when it hears that they are missing.
   */
  news(nowMs: number): readonly Outgoing[] {
    const view = this.#ports.view();
    if (view === undefined) return [];
    const news = [broadcastMessage({ kind: "new-round-step", value: roundStepOf(view, nowMs) })];
    const { height, round, step, proposalParts, validRound } = view;
    const isCommit = step === RoundStep.commit;
    if (proposalParts === undefined || (!isCommit && validRound !== round)) return news;
    const blockParts = proposalParts.present().toMessage();
    const value = { height, round, blockPartSetHeader: proposalParts.header, blockParts, isCommit };
    news.push(broadcastMessage({ kind: "new-valid-block", value }));
    return news;
  }

  removePeer(peer: string): void {
    this.#peers.delete(peer);
  }

  /** What the peer is known to have, for the other reactors and for status; undefined for a stranger. */
  peer(peer: string): KnownPeer | undefined {
    return this.#peers.get(peer);
  }

  /**
   * Takes in a message. Throws a WadiError where the peer is to be disconnected; messages of
   * strangers, and of kinds that do not belong to the channel, are ignored.
   */
  receive(peer: string, channel: number, bytes: Uint8Array): Reception {
    const state = this.#peers.get(peer);
    const message = decodeGossipMessage(bytes);
    if (state === undefined || channelOf(message.kind) !== channel) return NOTHING;
    const view = this.#ports.view();
    switch (message.kind) {
      case "proposal":
      case "block-part":
      case "vote":
        return view === undefined ? NOTHING : this.#forward(state, view, message);
      case "majority-claim":
        return view === undefined ? NOTHING : answerClaim(view, message.claim);
      default:
        this.#applyNews(state, view, message);
        return NOTHING;
    }
  }

  #forward(state: PeerState, view: RoundView, message: Exclude<RoundMessage, { kind: "majority-claim" }>): Reception {
    if (message.kind === "proposal") state.markProposal(message.proposal);
    else if (message.kind === "block-part") {
      const { height, round, part } = message.part;
      state.markPart(height, round, part.index);
    } else {
      const { height, round, type, validatorIndex: index } = message.vote;
      state.expectVotes(view.height, view.validators.size);
      if (view.lastCommit !== undefined) state.expectVotes(view.height - 1, view.lastCommit.size);
      state.markVote({ height, round, type, index });
    }
    return { forward: message, reply: undefined };
  }

  #applyNews(state: PeerState, view: RoundView | undefined, news: PeerNews): void {
    switch (news.kind) {
      case "new-round-step":
        checkInitialHeight(news.value, this.#ports.initialHeight);
        return state.applyNewRoundStep(news.value);
      case "new-valid-block":
        return state.applyNewValidBlock(news.value);
      case "has-vote":
        return state.applyHasVote(news.value);
      case "proposal-pol":
        if (view !== undefined) state.applyProofOfLock(news.value);
        return;
      case "vote-set-bits": {
        const { height, round, type, blockId } = news.value;
        if (view === undefined) return;
        const ours = view.height === height ? votesOf(view, round, type)?.bitsFor(blockId) : undefined;
        state.applyVoteBits(news.value, ours);
      }
    }
  }

  /**
   * The next messages for a peer's data channel, to be sent in this order; none if it needs
   * nothing now. Call `sent` for each that is on its way, then ask again.
   */
  nextData(peer: string): readonly Outgoing[] {
    const state = this.#peers.get(peer);
    const view = this.#ports.view();
    if (state === undefined || view === undefined) return [];
    return nextData(view, state, this.#blocks, this.#ports.pick);
  }

  /** Likewise for the vote channel. */
  nextVote(peer: string): Outgoing | undefined {
    const state = this.#peers.get(peer);
    const view = this.#ports.view();
    if (state === undefined || view === undefined) return undefined;
    return nextVote(view, state, this.#blocks, this.#ports.pick);
  }

  /** What to tell a peer every MAJORITY_CLAIM_INTERVAL_MS; lost ones do not matter. */
  majorityClaims(peer: string): readonly Outgoing[] {
    const state = this.#peers.get(peer);
    const view = this.#ports.view();
    if (state === undefined || view === undefined) return [];
    return majorityClaims(view, state, this.#blocks);
  }

  /** A message was handed to the transport. */
  sent(peer: string, { teaches }: Outgoing): void {
    const state = this.#peers.get(peer);
    if (state !== undefined && teaches !== undefined) learn(state, teaches);
  }
}

/** News of the round state machine for all peers; not repeated to those that come later. */
export function broadcastMessage(message: RoundBroadcast): Outgoing {
  return { channel: STATE_CHANNEL, message: roundBroadcastToWire(message), teaches: undefined };
}

function roundStepOf({ height, round, step, startMs, lastCommit }: RoundView, nowMs: number): NewRoundStep {
  const secondsSinceStartTime = BigInt(Math.trunc((nowMs - startMs) / 1000));
  return { height, round, step, secondsSinceStartTime, lastCommitRound: lastCommit?.round ?? -1 };
}

function checkInitialHeight({ height, lastCommitRound }: NewRoundStep, initialHeight: number): void {
  const refuse = (context: string): never => {
    throw new WadiError(ErrInvalidRoundStep, { context });
  };
  if (height < initialHeight) refuse(`height ${height} below the initial height ${initialHeight}`);
  if (height === initialHeight && lastCommitRound !== -1) refuse("a last commit at the initial height");
  if (height > initialHeight && lastCommitRound < 0) refuse("no last commit above the initial height");
}

function votesOf({ votes }: RoundView, round: number, type: number): ReturnType<typeof votes.prevotes> {
  return type === SignedMsgType.prevote ? votes.prevotes(round) : votes.precommits(round);
}

/** Passes a claim on, and answers with the votes for that block that we have. */
function answerClaim(view: RoundView, claim: VoteSetMaj23): Reception {
  const { height, round, type, blockId } = claim;
  if (view.height !== height) return NOTHING;
  const votes = votesOf(view, round, type)?.bitsFor(blockId)?.toMessage() ?? { bits: 0, elems: [] };
  const value = { height, round, type, blockId, votes };
  return {
    forward: { kind: "majority-claim", claim },
    reply: { channel: VOTE_SET_BITS_CHANNEL, message: { sum: { case: "voteSetBits", value } }, teaches: undefined },
  };
}

function learn(state: PeerState, knowledge: Knowledge): void {
  switch (knowledge.kind) {
    case "proposal":
      return state.markProposal(knowledge.proposal);
    case "part":
      return state.markPart(knowledge.height, knowledge.round, knowledge.index);
    case "vote":
      return state.markVote(knowledge);
  }
}
