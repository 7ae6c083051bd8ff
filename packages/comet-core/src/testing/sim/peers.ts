// The connections of one node: what comes in over them, and what gossip has to send.
import type { ConsensusMessage } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { EVIDENCE_CHANNEL, EvidenceGossip, encodeEvidence } from "../../evidence/gossip.ts";
import { ConsensusGossip, broadcastMessage } from "../../gossip/consensus-gossip.ts";
import type { PickIndex } from "../../gossip/gossip-data.ts";
import { encodeOutgoing, type Outgoing } from "../../gossip/outgoing.ts";
import { MEMPOOL_CHANNEL, MempoolGossip, encodeTxs } from "../../mempool/gossip.ts";
import type { RoundBroadcast, RoundMessage } from "../../rounds/types.ts";
import type { Packet } from "./network.ts";
import type { OpenEngine } from "./open-engine.ts";
import type { Scenario } from "./scenario.ts";

/** A peer has to be disconnected for what it sent. */
export class PeerFault extends Error {
  override readonly name = "PeerFault";
}

export interface PeersDeps {
  readonly open: OpenEngine;
  readonly scenario: Scenario;
  readonly pick: PickIndex;
  /** False where the message could not be queued. */
  send(peer: number, packet: Packet): boolean;
  /** Hears of every consensus message that goes out. */
  shows(message: ConsensusMessage): void;
}

interface Peer {
  readonly connection: number;
  claimedMs: number;
  /** News did not get into the peer's queue, except for single votes, which do not matter. */
  missedNews: boolean;
}

/** Messages that one turn of gossip sends at most, for each kind. */
const TURN = 50;

export class Peers {
  readonly #deps: PeersDeps;
  readonly #consensus: ConsensusGossip;
  readonly #transactions: MempoolGossip;
  readonly #evidence: EvidenceGossip;
  readonly #peers = new Map<number, Peer>();
  #connections = 0;

  constructor(deps: PeersDeps) {
    this.#deps = deps;
    const { engine, blocks, evidence, mempool } = deps.open;
    this.#transactions = new MempoolGossip(mempool);
    this.#evidence = new EvidenceGossip(evidence);
    this.#consensus = new ConsensusGossip({
      view: () => engine.view,
      blocks: {
        get base() {
          return blocks.base;
        },
        get height() {
          return blocks.height;
        },
        loadPartSetHeader: (height) => blocks.loadMeta(height)?.blockId.partSetHeader,
        loadPart: (height, index) => blocks.loadPart(height, index),
        loadCommit: (height) => blocks.loadCommit(height),
        loadSeenCommit: (height) => blocks.loadSeenCommit(height),
      },
      pick: deps.pick,
      initialHeight: deps.scenario.initialHeight,
    });
  }

  all(): IterableIterator<number> {
    return this.#peers.keys();
  }

  /** A connection is made; returns its number. */
  add(peer: number, nowMs: number): number {
    const connection = ++this.#connections;
    this.#peers.set(peer, { connection, claimedMs: nowMs, missedNews: false });
    const name = String(peer);
    this.#transactions.addPeer(name);
    this.#evidence.addPeer(name);
    for (const greeting of this.#consensus.addPeer(name, nowMs)) this.#send(peer, greeting);
    return connection;
  }

  remove(peer: number): void {
    this.#peers.delete(peer);
    const name = String(peer);
    this.#consensus.removePeer(name);
    this.#transactions.removePeer(name);
    this.#evidence.removePeer(name);
  }

  broadcast(news: RoundBroadcast): void {
    const outgoing = broadcastMessage(news);
    const packet = { channel: outgoing.channel, bytes: encodeOutgoing(outgoing) };
    for (const [peer, state] of this.#peers) {
      if (!this.#deps.send(peer, packet) && news.kind !== "has-vote") state.missedNews = true;
    }
  }

  /** Takes a packet in; the result is for the engine. Throws PeerFault. */
  receive(peer: number, { channel, bytes }: Packet): RoundMessage | undefined {
    const name = String(peer);
    try {
      if (channel === MEMPOOL_CHANNEL) {
        this.#transactions.receive(name, bytes);
        return undefined;
      }
      if (channel === EVIDENCE_CHANNEL) {
        this.#evidence.receive(bytes);
        return undefined;
      }
      const { forward, reply } = this.#consensus.receive(name, channel, bytes);
      if (reply !== undefined) this.#send(peer, reply);
      return forward;
    } catch (e) {
      if (!(e instanceof WadiError)) throw e;
      throw new PeerFault(e.message, { cause: e });
    }
  }

  #send(peer: number, outgoing: Outgoing): boolean {
    this.#deps.shows(outgoing.message);
    return this.#deps.send(peer, { channel: outgoing.channel, bytes: encodeOutgoing(outgoing) });
  }

  /** Sends what a peer needs; false if that connection is no more. */
  gossip(peer: number, connection: number, nowMs: number): boolean {
    const state = this.#peers.get(peer);
    if (state?.connection !== connection) return false;
    const name = String(peer);
    if (state.missedNews) {
      state.missedNews = !this.#consensus.news(nowMs).every((outgoing) => this.#send(peer, outgoing));
    }
    this.#sendData(peer, name);
    for (let i = 0; i < TURN; i++) {
      const vote = this.#consensus.nextVote(name);
      if (vote === undefined || !this.#send(peer, vote)) break;
      this.#consensus.sent(name, vote);
    }
    if (nowMs - state.claimedMs >= this.#deps.scenario.majorityQueryMs) {
      state.claimedMs = nowMs;
      for (const claim of this.#consensus.majorityClaims(name)) this.#send(peer, claim);
    }
    const height = this.#consensus.peer(name)?.height ?? 0;
    this.#sendTransactions(peer, name, height);
    this.#sendEvidence(peer, name, height, nowMs);
    return true;
  }

  #sendData(peer: number, name: string): void {
    for (let i = 0; i < TURN; i++) {
      const messages = this.#consensus.nextData(name);
      if (messages.length === 0) return;
      for (const message of messages) {
        if (!this.#send(peer, message)) return;
        this.#consensus.sent(name, message);
      }
    }
  }

  #sendTransactions(peer: number, name: string, height: number): void {
    for (let i = 0; i < TURN; i++) {
      const entry = this.#transactions.next(name, height);
      if (entry === undefined) return;
      if (!this.#deps.send(peer, { channel: MEMPOOL_CHANNEL, bytes: encodeTxs([entry.tx]) })) return;
      this.#transactions.sent(name, entry);
    }
  }

  #sendEvidence(peer: number, name: string, height: number, nowMs: number): void {
    for (let i = 0; i < TURN; i++) {
      const item = this.#evidence.next(name, height, nowMs);
      if (item === undefined) return;
      if (!this.#deps.send(peer, { channel: EVIDENCE_CHANNEL, bytes: encodeEvidence(item) })) return;
      this.#evidence.sent(name, item, nowMs);
    }
  }
}
