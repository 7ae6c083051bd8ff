// Votes and proposals by themselves (types/vote.go, types/proposal.go of the fork).
import { ADDRESS_SIZE, addressOfKey } from "./brands.ts";
import { blockIdText, isCompleteBlockId, isZeroBlockId, validateBlockId } from "./block-id.ts";
import { ErrInvalid, ErrVoteInvalidAddress, ErrVoteInvalidSignature, refusal, within } from "./errors.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import type { EngineVerifier } from "./engine-verifier.ts";
import { SignedMsgType, type Proposal, type Vote } from "./wire/basics.ts";
import type { PublicKey } from "@wadi/crypto";
import { WadiError } from "@wadi/util";

/** Longest signature that a vote or proposal may carry; only 64 bytes can verify. */
const MAX_SIGNATURE_SIZE = 64;

/** A vote or commit signature is present and not too long. */
export function validateSignature(signature: Uint8Array): void {
  if (signature.length === 0) throw refusal(ErrInvalid, "signature is missing");
  if (signature.length > MAX_SIGNATURE_SIZE) {
    throw refusal(ErrInvalid, `signature is too big (max: ${MAX_SIGNATURE_SIZE})`);
  }
}

/** A validator address is set. */
export function validateAddress(address: string): void {
  if (address.length === 2 * ADDRESS_SIZE) return;
  const sizes = `expected ValidatorAddress size to be ${ADDRESS_SIZE} bytes, got ${address.length / 2} bytes`;
  throw refusal(ErrInvalid, sizes);
}

/** The rules a vote satisfies by itself; throws ErrInvalid. */
export function validateVote(vote: Vote): void {
  if (vote.type !== SignedMsgType.prevote && vote.type !== SignedMsgType.precommit) {
    throw refusal(ErrInvalid, "invalid Type");
  }
  if (vote.height <= 0) throw refusal(ErrInvalid, "negative or zero Height");
  if (vote.round < 0) throw refusal(ErrInvalid, "negative Round");
  within("wrong BlockID: ", () => validateBlockId(vote.blockId));
  if (!isZeroBlockId(vote.blockId) && !isCompleteBlockId(vote.blockId)) {
    throw refusal(ErrInvalid, `blockID must be either empty or complete, got: ${blockIdText(vote.blockId)}`);
  }
  validateAddress(vote.validatorAddress);
  if (vote.validatorIndex < 0) throw refusal(ErrInvalid, "negative ValidatorIndex");
  validateSignature(vote.signature);
}

/** The rules a proposal satisfies by itself; throws ErrInvalid. */
export function validateProposal(proposal: Proposal): void {
  if (proposal.type !== SignedMsgType.proposal) throw refusal(ErrInvalid, "invalid Type");
  if (proposal.height < 0) throw refusal(ErrInvalid, "negative Height");
  if (proposal.round < 0) throw refusal(ErrInvalid, "negative Round");
  if (proposal.polRound < -1) throw refusal(ErrInvalid, "negative POLRound (exception: -1)");
  within("wrong BlockID: ", () => validateBlockId(proposal.blockId));
  if (!isCompleteBlockId(proposal.blockId)) {
    const got = blockIdText(proposal.blockId);
    throw refusal(ErrInvalid, `expected a complete, non-empty BlockID, got: ${got}`);
  }
  validateSignature(proposal.signature);
}

/** Refuses unless the vote is by this key: ErrVoteInvalidAddress, ErrVoteInvalidSignature. */
export function verifyVote(vote: Vote, chainId: string, publicKey: PublicKey, verifier: EngineVerifier): void {
  if (addressOfKey(publicKey) !== vote.validatorAddress) throw new WadiError(ErrVoteInvalidAddress);
  const message = voteSignBytes(chainId, vote);
  if (!verifier.verify({ publicKey, message, signature: vote.signature })) throw new WadiError(ErrVoteInvalidSignature);
}
