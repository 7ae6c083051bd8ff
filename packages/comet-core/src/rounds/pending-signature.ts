// Which signature a message will be asked for, so that it can be verified before the message is
// handled, on another thread, and remembered by the verifier: the state machine then waits for nothing.
import {
  SignedMsgType,
  proposalSignBytes,
  voteSignBytes,
  type SignedMessage,
  type ValidatorSet,
  type Vote,
} from "@wadi/comet-types";
import { bytesEqual } from "@wadi/util";
import { RoundStep } from "./step.ts";
import type { RoundMessage } from "./types.ts";
import type { RoundView, VoteSetView } from "./view.ts";

/** Where a vote would be added; undefined where it would be dropped or its set is not there yet. */
function placeOf(view: RoundView, vote: Vote): { set: VoteSetView | undefined; validators: ValidatorSet } | undefined {
  if (vote.height === view.height) {
    const { votes, validators } = view;
    const isPrevote = vote.type === SignedMsgType.prevote;
    return { set: isPrevote ? votes.prevotes(vote.round) : votes.precommits(vote.round), validators };
  }
  const { lastCommit, lastValidators } = view;
  const isLate = vote.height + 1 === view.height && vote.type === SignedMsgType.precommit;
  if (!isLate || view.step !== RoundStep.newHeight || lastCommit?.round !== vote.round) return undefined;
  return { set: lastCommit, validators: lastValidators };
}

function signatureOfVote(view: RoundView, vote: Vote): SignedMessage | undefined {
  const place = placeOf(view, vote);
  const { validatorIndex: index, signature } = vote;
  if (place === undefined || index < 0 || index >= place.validators.size) return undefined;
  const { address, publicKey } = place.validators.member(index);
  if (address !== vote.validatorAddress) return undefined;
  const known = place.set?.get(index);
  if (known !== undefined && bytesEqual(known.signature, signature)) return undefined;
  return { publicKey, message: voteSignBytes(view.state.chainId, vote), signature };
}

/**
 * The signature that handling this message would verify as things stand; undefined if none. A
 * hint: verifying too little or too much does no harm, since the state machine asks again.
 */
export function pendingSignature(view: RoundView, message: RoundMessage): SignedMessage | undefined {
  if (message.kind === "vote") return signatureOfVote(view, message.vote);
  if (message.kind !== "proposal") return undefined;
  const { proposal } = message;
  const isExpected = view.proposal === undefined && proposal.height === view.height && proposal.round === view.round;
  const publicKey = view.validators.proposer()?.publicKey;
  if (!isExpected || publicKey === undefined) return undefined;
  return { publicKey, message: proposalSignBytes(view.state.chainId, proposal), signature: proposal.signature };
}
