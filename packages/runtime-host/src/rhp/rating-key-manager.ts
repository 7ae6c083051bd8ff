// Runtimes say how the nodes of their key manager served them; whoever chose a node learns of it
// (go/worker/common/committee/keymanager.go).
import { peerFeedbacks } from "@wadi/runtime-protocol";
import { LruMap } from "@wadi/util";
import type { EnclaveAnswer, EnclaveCall, KeyManagerClient, ServiceCall } from "./host-services.ts";

/** Answers that wait for a rating. */
const MAX_ANSWERS = 100;
const MAX_AGE_MS = 60_000;

/** An answer of a node that can be rated once; see `peerFeedbacks` (@wadi/runtime-protocol). */
export interface RatedAnswer extends EnclaveAnswer {
  rate(feedback: number): void;
}

/** Chooses one of the nodes and calls its enclave. */
export interface EnclaveNetwork {
  /** Rejects with `key manager not available`, `nodes not in committee` or what the node answers. */
  call(call: EnclaveCall, context: ServiceCall): Promise<RatedAnswer>;
}

interface Unrated {
  readonly answer: RatedAnswer;
  readonly atMs: number;
}

export class RatingKeyManager implements KeyManagerClient {
  readonly #network: EnclaveNetwork;
  readonly #nowMs: () => number;
  readonly #unrated = new LruMap<bigint, Unrated>(MAX_ANSWERS);
  /** The last answer to a call without number. */
  #previous: RatedAnswer | undefined;

  constructor(network: EnclaveNetwork, nowMs: () => number = () => performance.now()) {
    this.#network = network;
    this.#nowMs = nowMs;
  }

  async call(requestId: bigint, call: EnclaveCall, context: ServiceCall): Promise<EnclaveAnswer> {
    const answer = await this.#network.call(call, context);
    this.#unrated.set(requestId, { answer, atMs: this.#nowMs() });
    return plain(answer);
  }

  async callRatingPrevious(feedback: number, call: EnclaveCall, context: ServiceCall): Promise<EnclaveAnswer> {
    rate(this.#previous, feedback);
    this.#previous = undefined;
    const answer = await this.#network.call(call, context);
    this.#previous = answer;
    return plain(answer);
  }

  /** Ratings of unknown or old answers are dropped. */
  submitPeerFeedback(requestId: bigint, feedback: number): void {
    const unrated = this.#unrated.get(requestId);
    this.#unrated.delete(requestId);
    if (unrated !== undefined && this.#nowMs() - unrated.atMs <= MAX_AGE_MS) rate(unrated.answer, feedback);
  }

  /** The runtime has another key manager: what came from the old one is not rated any more. */
  forget(): void {
    this.#previous = undefined;
    this.#unrated.clear();
  }
}

function rate(answer: RatedAnswer | undefined, feedback: number): void {
  if (feedback <= peerFeedbacks.badPeer) answer?.rate(feedback);
}

function plain({ response, node }: RatedAnswer): EnclaveAnswer {
  return { response, node };
}
