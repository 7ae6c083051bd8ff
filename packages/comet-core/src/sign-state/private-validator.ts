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
import { ErrSignStateKey, ErrSignStateOld } from "./errors.ts";
import { parseSignState, printSignState } from "./sign-state-file.ts";
import type { SignRecord } from "./sign-record.ts";
import {
  compareSignPositions,
  decideSigning,
  NEVER_SIGNED,
  signPositionOf,
  type SignPosition,
  type SignRequest,
  type SignState,
} from "./sign-state.ts";

/** Where the state lies. */
export interface SignStateStorage {
  /** What operators know it by, for messages. */
  readonly name?: string;
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
  /** What the storage has. */
  #filed: SignPosition = NEVER_SIGNED;
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
    const { state, publicKey } = parseSignState(text, storage.name);
    if (publicKey !== signer.publicKey) {
      const context = storage.name ?? "";
      throw new WadiError(ErrSignStateKey, { context, data: { publicKey } });
    }
    this.#state = state;
    this.#filed = state;
  }

  /** What operators know the stored state by. */
  get stateName(): string | undefined {
    return this.#storage.name;
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
    const { signature } = request.kind === "vote" ? request.vote : request.proposal;
    this.#advance({ ...signPositionOf(request), signature, signBytes });
  }

  #advance(state: SignState): void {
    if (compareSignPositions(state, this.#state) <= 0) return;
    this.#state = state;
    this.#isDirty = true;
  }

  /** What a holder with a durable place of its own may keep there in place of a `flush`; for `takeOver`. */
  get record(): SignRecord {
    const { height, round, step } = this.#filed;
    return { publicKey: this.publicKey, state: this.#state, filed: { height, round, step } };
  }

  /** Takes over a record of this key where it is ahead. Throws ErrSignStateOld if the storage went back since it was made. */
  takeOver({ filed, publicKey, state }: SignRecord): void {
    if (publicKey !== this.publicKey) return;
    if (!this.isNew && compareSignPositions(this.#state, filed) < 0) {
      const { height, round, step } = this.#state;
      const context = `it knows of ${height}/${round}/${step}, but has known of ${filed.height}/${filed.round}/${filed.step}`;
      throw new WadiError(ErrSignStateOld, { context, data: { height } });
    }
    this.#advance(state);
  }

  /** Writes the state if it has changed; true if so. Durable on return. */
  flush(): boolean {
    if (!this.#isDirty) return false;
    this.#storage.replace(printSignState({ state: this.#state, publicKey: this.publicKey }));
    this.#filed = this.#state;
    this.#isDirty = false;
    return true;
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
