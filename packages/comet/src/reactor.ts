// Joins the gossip decisions with a transport: hands messages of peers on, and sends each peer what
// it needs next until it has everything or its queue is full.
import { randomInt } from "node:crypto";
import {
  broadcastMessage,
  ConsensusGossip,
  DATA_CHANNEL,
  encodeEvidence,
  encodeOutgoing,
  encodeTxs,
  EVIDENCE_CHANNEL,
  EvidenceGossip,
  GOSSIP_INTERVAL_MS,
  MAJORITY_CLAIM_INTERVAL_MS,
  MEMPOOL_CHANNEL,
  MempoolGossip,
  STATE_CHANNEL,
  VOTE_CHANNEL,
  VOTE_SET_BITS_CHANNEL,
  type BlockStore,
  type CachingVerifier,
  type EvidencePool,
  type Mempool,
  type Outgoing,
  type RoundBroadcast,
  type RoundMessage,
  type RoundView,
} from "@wadi/comet-core";
import { must, WadiError } from "@wadi/util";
import { SignatureCheck } from "./signature-check.ts";
import type { SignatureThreadUser } from "./signature-thread.ts";
import type { PeerId, Transport, TransportHandler } from "./transport.ts";

/** Messages that one peer gets in one turn, so that the others get theirs. */
const MESSAGES_PER_TURN = 16;
/** Time for feeding peers in one turn. */
const FEEDING_MS = 5;
/**
 * A block that a peer sent us is passed on this much later: its proposer is just sending it to the
 * others as well, and nobody says which parts he has. The reference looks every 100 ms.
 */
const PASSING_ON_MS = 10;
const ROUND_CHANNELS: ReadonlySet<number> = new Set([STATE_CHANNEL, DATA_CHANNEL, VOTE_CHANNEL, VOTE_SET_BITS_CHANNEL]);

export interface ReactorParts {
  readonly transport: Transport;
  readonly blocks: BlockStore;
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  readonly initialHeight: number;
  /**
   * Where signatures are verified ahead of the engine, and what remembers those that are good;
   * without it the engine verifies all.
   */
  readonly ahead: { readonly thread: SignatureThreadUser; readonly verifier: CachingVerifier } | undefined;
  view(): RoundView;
  nowMs(): number;
  /** Takes a message that may change the round state. */
  deliver(peer: PeerId, message: RoundMessage): void;
  /** The mempool may have got transactions. */
  checked(): void;
  /** Something is wrong that is no peer's fault. */
  failed(error: unknown): void;
}

interface Connection {
  /** The queue to the peer is full; it will tell when it is not. */
  isBlocked: boolean;
  /** The full queue has swallowed news that the peer needs. */
  missedNews: boolean;
}

export class Reactor implements TransportHandler, Disposable {
  readonly #parts: ReactorParts;
  readonly #consensus: ConsensusGossip;
  readonly #txs: MempoolGossip;
  readonly #evidence: EvidenceGossip;
  readonly #signatures: SignatureCheck | undefined;
  readonly #connections = new Map<PeerId, Connection>();
  readonly #timers: readonly NodeJS.Timeout[];
  #pump: NodeJS.Immediate | undefined;
  /** The height whose block comes from peers, and when we begin to pass it on. */
  #passingOn = { height: 0, fromMs: 0 };
  #passingOnTimer: NodeJS.Timeout | undefined;
  /** The peer that is fed first, counted through all turns. */
  #firstFed = 0;
  #isDisposed = false;

  constructor(parts: ReactorParts) {
    this.#parts = parts;
    const { blocks, initialHeight } = parts;
    this.#consensus = new ConsensusGossip({
      view: () => parts.view(),
      blocks,
      pick: (count) => (count === 1 ? 0 : randomInt(count)),
      initialHeight,
    });
    this.#txs = new MempoolGossip(parts.mempool);
    this.#evidence = new EvidenceGossip(parts.evidence);
    const { ahead } = parts;
    if (ahead !== undefined) {
      this.#signatures = new SignatureCheck({
        ...ahead,
        view: () => parts.view(),
        deliver: (peer, message) => parts.deliver(peer, message),
      });
    }
    this.#timers = [
      setInterval(() => this.wake(), GOSSIP_INTERVAL_MS),
      setInterval(() => this.#claimMajorities(), MAJORITY_CLAIM_INTERVAL_MS),
    ];
  }

  /** Connected peers. */
  get peers(): readonly PeerId[] {
    return [...this.#connections.keys()];
  }

  peerUp(peer: PeerId): void {
    if (this.#isDisposed) return;
    this.#connections.set(peer, { isBlocked: false, missedNews: false });
    this.#txs.addPeer(peer);
    this.#evidence.addPeer(peer);
    for (const outgoing of this.#consensus.addPeer(peer, this.#parts.nowMs())) this.#send(peer, outgoing);
    this.wake();
  }

  peerDown(peer: PeerId): void {
    this.#connections.delete(peer);
    this.#consensus.removePeer(peer);
    this.#txs.removePeer(peer);
    this.#evidence.removePeer(peer);
    this.#signatures?.forget(peer);
  }

  message(peer: PeerId, channel: number, bytes: Uint8Array): void {
    if (!this.#connections.has(peer)) return;
    try {
      this.#receive(peer, channel, bytes);
    } catch (e) {
      if (e instanceof WadiError) this.disconnect(peer, e);
      else this.#parts.failed(e);
    }
    this.wake();
  }

  #receive(peer: PeerId, channel: number, bytes: Uint8Array): void {
    if (ROUND_CHANNELS.has(channel)) {
      const { forward, reply } = this.#consensus.receive(peer, channel, bytes);
      if (reply !== undefined) this.#send(peer, reply);
      if (forward === undefined) return;
      if (channel === DATA_CHANNEL) this.#noteBlock();
      if (this.#signatures === undefined) this.#parts.deliver(peer, forward);
      else this.#signatures.receive(peer, forward);
    } else if (channel === MEMPOOL_CHANNEL) {
      this.#txs.receive(peer, bytes);
      this.#parts.checked();
    } else if (channel === EVIDENCE_CHANNEL) {
      this.#evidence.receive(bytes);
    }
  }

  /** A peer sends us the block of this height; what we know of already is passed on as it was to be. */
  #noteBlock(): void {
    const { height, proposal } = this.#parts.view();
    if (this.#passingOn.height === height || proposal !== undefined) return;
    this.#passingOn = { height, fromMs: this.#parts.nowMs() + PASSING_ON_MS };
    clearTimeout(this.#passingOnTimer);
    this.#passingOnTimer = setTimeout(() => this.wake(), PASSING_ON_MS + 1);
  }

  writable(peer: PeerId): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    connection.isBlocked = false;
    if (connection.missedNews) {
      connection.missedNews = false;
      for (const outgoing of this.#consensus.news(this.#parts.nowMs())) {
        if (!this.#send(peer, outgoing)) connection.missedNews = true;
      }
    }
    this.wake();
  }

  disconnect(peer: PeerId, reason: Error): void {
    this.peerDown(peer);
    this.#parts.transport.disconnect(peer, reason);
  }

  /** Tells all peers but one that knows. */
  broadcast(news: RoundBroadcast, except?: PeerId): void {
    if (this.#connections.size === 0) return;
    const outgoing = broadcastMessage(news);
    const bytes = encodeOutgoing(outgoing);
    for (const [peer, connection] of this.#connections) {
      if (peer === except) continue;
      const isSent = !connection.isBlocked && this.#sendBytes(peer, outgoing.channel, bytes);
      // A vote of ours that a peer does not know of only costs it a repetition.
      if (!isSent && news.kind !== "has-vote") connection.missedNews = true;
    }
  }

  /**
   * Something has changed that peers may need: sends it in the turn of the event loop after the
   * next one. By then they have said what they got from each other in this one.
   */
  wake(): void {
    if (this.#pump !== undefined || this.#connections.size === 0) return;
    this.#pump = setImmediate(() => {
      this.#pump = setImmediate(() => {
        this.#pump = undefined;
        this.#feedAll();
      });
    });
  }

  /** Goes on in another turn with the peer at which the time of this one was over. */
  #feedAll(): void {
    const { nowMs } = this.#parts;
    const peers = [...this.#connections];
    const endMs = nowMs() + FEEDING_MS;
    let isMore = false;
    let fed = 0;
    for (; fed < peers.length && (fed === 0 || nowMs() < endMs); fed++) {
      const [peer, connection] = must(peers[(this.#firstFed + fed) % peers.length]);
      if (this.#feed(peer, connection)) isMore = true;
    }
    this.#firstFed += fed;
    if (isMore || fed < peers.length) this.wake();
  }

  /** Sends a peer what it needs; true if there is more. */
  #feed(peer: PeerId, connection: Connection): boolean {
    for (let i = 0; i < MESSAGES_PER_TURN; i++) {
      if (connection.isBlocked) return false;
      if (!this.#sendNext(peer)) return false;
    }
    return true;
  }

  /** False if the peer needs nothing now. */
  #sendNext(peer: PeerId): boolean {
    const vote = this.#consensus.nextVote(peer);
    if (vote !== undefined) return this.#send(peer, vote);
    const height = this.#consensus.peer(peer)?.height ?? 0;
    const isEarly = height === this.#passingOn.height && this.#parts.nowMs() < this.#passingOn.fromMs;
    const data = isEarly ? [] : this.#consensus.nextData(peer);
    if (data.length > 0) return data.every((outgoing) => this.#send(peer, outgoing));
    const tx = this.#txs.next(peer, height);
    if (tx !== undefined) {
      if (!this.#sendBytes(peer, MEMPOOL_CHANNEL, encodeTxs([tx.tx]))) return false;
      this.#txs.sent(peer, tx);
      return true;
    }
    const nowMs = this.#parts.nowMs();
    const evidence = this.#evidence.next(peer, height, nowMs);
    if (evidence === undefined || !this.#sendBytes(peer, EVIDENCE_CHANNEL, encodeEvidence(evidence))) return false;
    this.#evidence.sent(peer, evidence, nowMs);
    return true;
  }

  #send(peer: PeerId, outgoing: Outgoing): boolean {
    if (!this.#sendBytes(peer, outgoing.channel, encodeOutgoing(outgoing))) return false;
    this.#consensus.sent(peer, outgoing);
    return true;
  }

  #sendBytes(peer: PeerId, channel: number, bytes: Uint8Array): boolean {
    if (this.#parts.transport.send(peer, channel, bytes)) return true;
    const connection = this.#connections.get(peer);
    if (connection !== undefined) connection.isBlocked = true;
    return false;
  }

  #claimMajorities(): void {
    for (const peer of this.#connections.keys()) {
      for (const claim of this.#consensus.majorityClaims(peer)) this.#send(peer, claim);
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#signatures?.[Symbol.dispose]();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#passingOnTimer);
    if (this.#pump !== undefined) clearImmediate(this.#pump);
    this.#connections.clear();
  }
}
