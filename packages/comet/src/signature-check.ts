// Verifies the signatures of peers' votes and proposals on another thread, before the engine sees
// the messages: what is good is remembered, so that the engine's own check finds it there. A
// signature that does not pass here is left to the engine, which decides by the exact rule. Each
// peer's messages keep their order.
import { pendingSignature, type CachingVerifier, type RoundMessage, type RoundView } from "@wadi/comet-core";
import { signaturePrehash, type SignedMessage } from "@wadi/comet-types";
import { passesByteRules } from "@wadi/crypto";
import type { SignatureThreadUser } from "./signature-thread.ts";
import type { PeerId } from "./transport.ts";

/** Messages of one peer that may wait; beyond that the oldest is handed over unchecked. */
const MAX_WAITING = 256;

export interface SignatureCheckParts {
  readonly verifier: Pick<CachingVerifier, "remember">;
  readonly thread: Pick<SignatureThreadUser, "verify">;
  view(): RoundView;
  /** Takes a message, checked or not. */
  deliver(peer: PeerId, message: RoundMessage): void;
}

interface Waiting {
  readonly message: RoundMessage;
  isChecked: boolean;
}

const firstUnchecked = (lane: readonly Waiting[]): number => {
  const index = lane.findIndex(({ isChecked }) => !isChecked);
  return index < 0 ? lane.length : index;
};

export class SignatureCheck implements Disposable {
  readonly #parts: SignatureCheckParts;
  /** By peer, in order of arrival; the first one is not checked yet. */
  readonly #lanes = new Map<PeerId, Waiting[]>();
  /** Checks under way, with what waits for each; several peers may send the same vote at once. */
  readonly #running = new Map<string, (() => void)[]>();
  #isDisposed = false;

  constructor(parts: SignatureCheckParts) {
    this.#parts = parts;
  }

  /** Hands a message over at once if nothing has to be verified, else as soon as that is done. */
  receive(peer: PeerId, message: RoundMessage): void {
    if (this.#isDisposed) return;
    const signed = pendingSignature(this.#parts.view(), message);
    const lane = this.#lanes.get(peer);
    const needsCheck = signed !== undefined && passesByteRules(signed.publicKey, signed.signature);
    if (lane === undefined && !needsCheck) return this.#parts.deliver(peer, message);
    const waiting: Waiting = { message, isChecked: !needsCheck };
    if (lane === undefined) this.#lanes.set(peer, [waiting]);
    else lane.push(waiting);
    if (needsCheck) {
      this.#check(signed, () => {
        waiting.isChecked = true;
        this.#advance(peer);
      });
    }
    const oldest = lane?.[0];
    if (lane === undefined || oldest === undefined || lane.length <= MAX_WAITING) return;
    // One for each that comes: all of them at once would keep everything else waiting.
    oldest.isChecked = true;
    this.#advance(peer);
  }

  #check(signed: SignedMessage, done: () => void): void {
    const { publicKey, message, signature } = signed;
    // With another key or message it is checked when its turn comes, like all that is not known as good.
    const key = Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString("latin1");
    const others = this.#running.get(key);
    if (others !== undefined) return void others.push(done);
    const waiters = [done];
    this.#running.set(key, waiters);
    this.#parts.thread.verify(publicKey, signaturePrehash(message), signature, (isGood) => {
      this.#running.delete(key);
      if (isGood) this.#parts.verifier.remember(signed);
      for (const wake of waiters) wake();
    });
  }

  /** Hands over what has been checked, up to the first message that has not. */
  #advance(peer: PeerId): void {
    const lane = this.#lanes.get(peer);
    if (lane === undefined) return;
    for (const waiting of lane.splice(0, firstUnchecked(lane))) {
      this.#parts.deliver(peer, waiting.message);
      // Handling it may have disconnected the peer, or stopped the engine.
      if (this.#lanes.get(peer) !== lane) return;
    }
    if (lane.length === 0) this.#lanes.delete(peer);
  }

  /** Forgets what a peer has sent. */
  forget(peer: PeerId): void {
    this.#lanes.delete(peer);
  }

  /** Hands over nothing any more; checks under way end by themselves. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#lanes.clear();
  }
}
