// What a validator signed last, and whether it may sign a message after that. Reference:
// go/consensus/cometbft/crypto/priv_val.go, privval/file.go of the fork.
import { proto } from "@wadi/codec";
import {
  CanonicalProposal,
  CanonicalVote,
  proposalSignBytes,
  refusal,
  SignedMsgType,
  voteSignBytes,
  type Proposal,
  type TimeNs,
  type Vote,
} from "@wadi/comet-types";
import { bytesEqual, WadiError } from "@wadi/util";
import { ErrSignConflict, ErrSignRegression, ErrSignStateIncomplete } from "./errors.ts";

/** Order of what a validator signs in a round. */
export const SignStep = { none: 0, proposal: 1, prevote: 2, precommit: 3 } as const;
export type SignStep = (typeof SignStep)[keyof typeof SignStep];

/** The last signature; without `signature` and `signBytes` nothing was signed yet. */
export interface SignState {
  readonly height: number;
  readonly round: number;
  readonly step: SignStep;
  readonly signature: Uint8Array | undefined;
  readonly signBytes: Uint8Array | undefined;
}

/** The state of a validator that has never signed. */
export const NEVER_SIGNED: SignState = {
  height: 0,
  round: 0,
  step: SignStep.none,
  signature: undefined,
  signBytes: undefined,
};

/** A message to sign. */
export type SignRequest =
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "proposal"; readonly proposal: Proposal };

export type SignDecision =
  /** Sign these bytes, and then `next` with the signature is the state. */
  | { readonly kind: "sign"; readonly signBytes: Uint8Array; readonly next: SignState }
  /** It was signed before, with this timestamp. */
  | { readonly kind: "reuse"; readonly signature: Uint8Array; readonly timestamp: TimeNs }
  | { readonly kind: "refuse"; readonly error: WadiError };

export interface SignPosition {
  readonly height: number;
  readonly round: number;
  readonly step: SignStep;
}

/** When in the chain a message is signed. */
export function signPositionOf(request: SignRequest): SignPosition {
  if (request.kind === "proposal") {
    const { height, round } = request.proposal;
    return { height, round, step: SignStep.proposal };
  }
  const { height, round, type } = request.vote;
  return { height, round, step: type === SignedMsgType.prevote ? SignStep.prevote : SignStep.precommit };
}

/** Negative where `a` comes first. */
export function compareSignPositions(a: SignPosition, b: SignPosition): number {
  return a.height - b.height || a.round - b.round || a.step - b.step;
}

/** What goes back, in words; undefined where nothing does. */
function regression(last: SignState, { height, round, step }: SignPosition): string | undefined {
  if (height !== last.height) {
    return height > last.height ? undefined : `height regression. Got ${height}, last height ${last.height}`;
  }
  if (round !== last.round) {
    return round > last.round
      ? undefined
      : `round regression at height ${height}. Got ${round}, last round ${last.round}`;
  }
  if (step >= last.step) return undefined;
  return `step regression at height ${height} round ${round}. Got ${step}, last step ${last.step}`;
}

/** Bytes of the request with another timestamp in place of its own, and the timestamp in `signed`. */
function withTimestampOf(signed: Uint8Array, request: SignRequest, chainId: string): [Uint8Array, TimeNs] | undefined {
  try {
    if (request.kind === "vote") {
      const { timestamp } = proto.decodeDelimited(CanonicalVote, signed, signed.length).value;
      return [voteSignBytes(chainId, { ...request.vote, timestamp }), timestamp];
    }
    const { timestamp } = proto.decodeDelimited(CanonicalProposal, signed, signed.length).value;
    return [proposalSignBytes(chainId, { ...request.proposal, timestamp }), timestamp];
  } catch (e) {
    if (e instanceof WadiError) return undefined;
    throw e;
  }
}

/**
 * The rule that no validator breaks: never two different messages for one height, round and step,
 * and never back. A message that differs from the signed one in its time only gets the old
 * signature and time.
 */
export function decideSigning(last: SignState, chainId: string, request: SignRequest): SignDecision {
  const position = signPositionOf(request);
  const back = regression(last, position);
  if (back !== undefined) {
    const error = refusal(ErrSignRegression, `failed to check ${request.kind} H/R/S: ${back}`, { ...position });
    return { kind: "refuse", error };
  }
  const signBytes =
    request.kind === "vote" ? voteSignBytes(chainId, request.vote) : proposalSignBytes(chainId, request.proposal);
  if (compareSignPositions(last, position) !== 0) {
    return { kind: "sign", signBytes, next: { ...position, signature: undefined, signBytes } };
  }
  if (last.signBytes === undefined || last.signature === undefined) {
    return { kind: "refuse", error: new WadiError(ErrSignStateIncomplete, { data: { ...position } }) };
  }
  const old = withTimestampOf(last.signBytes, request, chainId);
  if (old !== undefined && bytesEqual(old[0], last.signBytes)) {
    return { kind: "reuse", signature: last.signature, timestamp: old[1] };
  }
  return { kind: "refuse", error: refusal(ErrSignConflict, `conflicting ${request.kind}`, { ...position }) };
}
