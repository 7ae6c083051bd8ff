// Messages of the round state machine in their wire form, and their validity by themselves
// (consensus/msgs.go and ValidateBasic in consensus/reactor.go of the fork).
import {
  ErrInvalid,
  SignedMsgType,
  refusal,
  validateBlockId,
  validatePart,
  validateProposal,
  validateVote,
  within,
  type ConsensusMessage,
  type VoteSetMaj23,
} from "@wadi/comet-types";
import type { RoundBroadcast, RoundMessage } from "./types.ts";

export function roundMessageToWire(message: RoundMessage): ConsensusMessage {
  switch (message.kind) {
    case "proposal":
      return { sum: { case: "proposal", value: { proposal: message.proposal } } };
    case "block-part":
      return { sum: { case: "blockPart", value: message.part } };
    case "vote":
      return { sum: { case: "vote", value: { vote: message.vote } } };
    case "majority-claim":
      return { sum: { case: "voteSetMaj23", value: message.claim } };
  }
}

/** Undefined for messages that do not concern the round state machine, and for a vote that is not there. */
export function roundMessageFromWire({ sum }: ConsensusMessage): RoundMessage | undefined {
  switch (sum?.case) {
    case "proposal":
      return { kind: "proposal", proposal: sum.value.proposal };
    case "blockPart":
      return { kind: "block-part", part: sum.value };
    case "vote":
      return sum.value.vote && { kind: "vote", vote: sum.value.vote };
    case "voteSetMaj23":
      return { kind: "majority-claim", claim: sum.value };
    default:
      return undefined;
  }
}

export function roundBroadcastToWire(message: RoundBroadcast): ConsensusMessage {
  switch (message.kind) {
    case "new-round-step":
      return { sum: { case: "newRoundStep", value: message.value } };
    case "new-valid-block":
      return { sum: { case: "newValidBlock", value: message.value } };
    case "has-vote":
      return { sum: { case: "hasVote", value: message.value } };
  }
}

/** The rules a majority claim satisfies by itself; throws ErrInvalid. */
function validateMajorityClaim(claim: VoteSetMaj23): void {
  if (claim.height < 0) throw refusal(ErrInvalid, "negative Height");
  if (claim.round < 0) throw refusal(ErrInvalid, "negative Round");
  if (claim.type !== SignedMsgType.prevote && claim.type !== SignedMsgType.precommit) {
    throw refusal(ErrInvalid, "invalid Type");
  }
  within("wrong BlockID: ", () => validateBlockId(claim.blockId));
}

/** The rules a message satisfies by itself; a peer that breaks them is disconnected. Throws WadiError. */
export function validateRoundMessage(message: RoundMessage): void {
  switch (message.kind) {
    case "proposal":
      return validateProposal(message.proposal);
    case "block-part": {
      const { height, round, part } = message.part;
      if (height < 0) throw refusal(ErrInvalid, "negative Height");
      if (round < 0) throw refusal(ErrInvalid, "negative Round");
      return within("wrong Part: ", () => validatePart(part));
    }
    case "vote":
      return validateVote(message.vote);
    case "majority-claim":
      return validateMajorityClaim(message.claim);
  }
}
