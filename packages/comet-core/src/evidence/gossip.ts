// Gossip of evidence (evidence/reactor.go of the fork): bare lists of one piece, each sent again
// every ten seconds while it is pending, since a peer does not say what it has.
import { decodeEvidenceList, encodeEvidenceList, evidenceHeight } from "@wadi/comet-types";
import { checkMessageSize } from "../gossip/message-size.ts";
import type { EvidenceAddition, EvidencePool, PendingEvidence } from "./pool.ts";

export const EVIDENCE_CHANNEL = 0x38;
/** Longest message that is sent or taken. */
export const MAX_EVIDENCE_MESSAGE_SIZE = 1 << 20;
const REPEAT_MS = 10_000;

/** What was sent to each connected peer, and when. */
export class EvidenceGossip {
  readonly #pool: EvidencePool;
  /** Times are forgotten with the evidence. */
  readonly #sentAt = new Map<string, WeakMap<PendingEvidence, number>>();

  constructor(pool: EvidencePool) {
    this.#pool = pool;
  }

  /** A new connection: nothing was sent over it. */
  addPeer(peer: string): void {
    this.#sentAt.set(peer, new WeakMap());
  }

  removePeer(peer: string): void {
    this.#sentAt.delete(peer);
  }

  /**
   * Takes in a peer's message. Throws a WadiError for evidence that is not valid, bytes that are
   * none or too many of them: disconnect. The pieces before the bad one are taken in.
   */
  receive(message: Uint8Array): EvidenceAddition[] {
    checkMessageSize(message, MAX_EVIDENCE_MESSAGE_SIZE);
    return decodeEvidenceList(message).map((evidence) => this.#pool.add(evidence));
  }

  /**
   * The next piece to send, or undefined if nothing is due: only to peers above its height that
   * do not find it too old. Call `sent` once it is on its way.
   */
  next(peer: string, peerHeight: number, nowMs: number): PendingEvidence | undefined {
    const sentAt = this.#sentAt.get(peer);
    if (sentAt === undefined) return undefined;
    const { maxAgeNumBlocks } = this.#pool.state.consensusParams.evidence;
    for (const item of this.#pool.pending()) {
      const age = peerHeight - evidenceHeight(item.evidence);
      const last = sentAt.get(item);
      const isDue = last === undefined || nowMs - last >= REPEAT_MS;
      if (isDue && age > 0 && age <= maxAgeNumBlocks && item.sizeInList <= MAX_EVIDENCE_MESSAGE_SIZE) return item;
    }
    return undefined;
  }

  /** The evidence that `next` gave was handed to the transport. */
  sent(peer: string, item: PendingEvidence, nowMs: number): void {
    this.#sentAt.get(peer)?.set(item, nowMs);
  }
}

/** The message that carries one piece. */
export function encodeEvidence({ evidence }: PendingEvidence): Uint8Array {
  return encodeEvidenceList([evidence]);
}
