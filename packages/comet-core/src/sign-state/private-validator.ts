// A validator's key together with the memory of what it signed.
//
// The state is written when `flush` is called and not with each signature. Whoever holds a private
// validator calls it before anything signed leaves the process: until then nobody has seen the
// signature, and one that is lost with the process was never made. A log of the holder that has
// more is given to `recall` at the next start.
import {
  addressOfKey,
  proposalSignBytes,
  SIGNATURE_CONTEXT,
  voteSignBytes,
  type ConsensusAddress,
  type Proposal,
  type Vote,
} from "@wadi/comet-types";
import { rawFullContext, type PublicKey, type Signer } from "@wadi/crypto";
import { WadiError } from "@wadi/util";
import { ErrSignStateKey } from "./errors.ts";
import { parseSignState, printSignState } from "./sign-state-file.ts";
import {
  compareSignPositions,
  decideSigning,
  NEVER_SIGNED,
  signPositionOf,
  type SignRequest,
  type SignState,
} from "./sign-state.ts";

/** Where the state lies. */
export interface SignStateStorage {
  /** Undefined where there is none. */
  read(): string | undefined;
  /** Replaces it atomically; durable on return, also against failure of the machine. */
  replace(text: string): void;
}

const context = rawFullContext(SIGNATURE_CONTEXT);

/** A signed message, or why it was not signed. */
export type SignOutcome<T> = { readonly signed: T } | { readonly refused: WadiError };

export class PrivateValidator {
  readonly address: ConsensusAddress;
  readonly publicKey: PublicKey;
  /** True if no state was stored. */
  readonly isNew: boolean;
  readonly #signer: Signer;
  readonly #storage: SignStateStorage;
  #state: SignState;
  #isDirty = false;

  /** Loads the state; where there is none, the first `flush` makes one. Throws ErrSignStateInvalid, ErrSignStateKey. */
  constructor(signer: Signer, storage: SignStateStorage) {
    this.#signer = signer;
    this.#storage = storage;
    this.publicKey = signer.publicKey;
    this.address = addressOfKey(signer.publicKey);
    const text = storage.read();
    this.isNew = text === undefined;
    if (text === undefined) {
      this.#state = NEVER_SIGNED;
      this.#isDirty = true;
      return;
    }
    const { state, publicKey } = parseSignState(text);
    if (publicKey !== signer.publicKey) throw new WadiError(ErrSignStateKey, { data: { publicKey } });
    this.#state = state;
  }

  get state(): SignState {
    return this.#state;
  }

  /** The vote with a signature; where it was signed before, with the timestamp of then. */
  signVote(chainId: string, vote: Vote): SignOutcome<Vote> {
    return this.#sign(chainId, { kind: "vote", vote }, vote);
  }

  /** The proposal with a signature; where it was signed before, with the timestamp of then. */
  signProposal(chainId: string, proposal: Proposal): SignOutcome<Proposal> {
    return this.#sign(chainId, { kind: "proposal", proposal }, proposal);
  }

  #sign<T extends Vote | Proposal>(chainId: string, request: SignRequest, message: T): SignOutcome<T> {
    const decision = decideSigning(this.#state, chainId, request);
    switch (decision.kind) {
      case "refuse":
        return { refused: decision.error };
      case "reuse":
        return { signed: { ...message, signature: decision.signature, timestamp: decision.timestamp } };
      case "sign": {
        const signature = this.#signer.sign(context, decision.signBytes);
        this.#state = { ...decision.next, signature };
        this.#isDirty = true;
        return { signed: { ...message, signature } };
      }
    }
  }

  /** Takes over a signature of this key, over these sign bytes, that was made but not written. Earlier ones change nothing. */
  recall(request: SignRequest, signBytes: Uint8Array): void {
    const position = signPositionOf(request);
    if (compareSignPositions(position, this.#state) <= 0) return;
    const { signature } = request.kind === "vote" ? request.vote : request.proposal;
    this.#state = { ...position, signature, signBytes };
    this.#isDirty = true;
  }

  /** Writes the state if it has changed. Durable on return. */
  flush(): void {
    if (!this.#isDirty) return;
    this.#storage.replace(printSignState({ state: this.#state, publicKey: this.publicKey }));
    this.#isDirty = false;
  }
}

/** A signed vote or proposal as a verifier takes it. */
export function signedMessageOf(
  chainId: string,
  publicKey: PublicKey,
  request: SignRequest,
): { readonly publicKey: PublicKey; readonly message: Uint8Array; readonly signature: Uint8Array } {
  if (request.kind === "vote") {
    const { vote } = request;
    return { publicKey, message: voteSignBytes(chainId, vote), signature: vote.signature };
  }
  const { proposal } = request;
  return { publicKey, message: proposalSignBytes(chainId, proposal), signature: proposal.signature };
}
