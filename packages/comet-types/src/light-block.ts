// Signed headers and light blocks (types/light.go of the fork).
import { checkedCommit, validateCommit } from "./commit.ts";
import { ErrInvalid, refusal, within } from "./errors.ts";
import { headerHash, validateHeader } from "./header.ts";
import { ValidatorSet } from "./validator-set.ts";
import type { Commit, Header } from "./wire/basics.ts";
import { LightBlockMessage, type SignedHeaderMessage } from "./wire/blocks.ts";

/** A header and the commit that proves it. */
export interface SignedHeader {
  readonly header: Header;
  readonly commit: Commit;
}

/** Whatever a peer sent: a server may have the set of a height before it has the block. */
export interface PartialLightBlock {
  readonly signedHeader: SignedHeaderMessage | undefined;
  readonly validatorSet: ValidatorSet | undefined;
}

/** A light block that is valid by itself. */
export interface LightBlock {
  readonly signedHeader: SignedHeader;
  readonly validatorSet: ValidatorSet;
}

/** Header and commit valid, of this chain, and for each other; throws ErrInvalid. */
export function validateSignedHeader(signed: Partial<SignedHeaderMessage>, chainId: string): SignedHeader {
  const { header, commit } = signed;
  if (header === undefined) throw refusal(ErrInvalid, "missing header");
  if (commit === undefined) throw refusal(ErrInvalid, "missing commit");
  within("invalid header: ", () => validateHeader(header));
  within("invalid commit: ", () => validateCommit(commit));
  if (header.chainId !== chainId) {
    const texts = `${JSON.stringify(header.chainId)}, not ${JSON.stringify(chainId)}`;
    throw refusal(ErrInvalid, `header belongs to another chain ${texts}`);
  }
  if (commit.height !== header.height) {
    throw refusal(ErrInvalid, `header and commit height mismatch: ${header.height} vs ${commit.height}`);
  }
  const hash = headerHash(header);
  if (hash !== commit.blockId.hash) {
    const texts = `commit signs block ${commit.blockId.hash.toUpperCase()}, header is block ${hash.toUpperCase()}`;
    throw refusal(ErrInvalid, texts);
  }
  return { header, commit };
}

/** All of a light block valid and its set the one of the header; throws ErrInvalid and what sets throw. */
export function validateLightBlock(block: PartialLightBlock, chainId: string): LightBlock {
  const { signedHeader, validatorSet } = block;
  if (signedHeader === undefined) throw refusal(ErrInvalid, "missing signed header");
  if (validatorSet === undefined) throw refusal(ErrInvalid, "missing validator set");
  const checked = within("invalid signed header: ", () => validateSignedHeader(signedHeader, chainId));
  within("invalid validator set: ", () => validatorSet.validate());
  const { validatorsHash } = checked.header;
  if (validatorsHash !== validatorSet.hash) {
    const texts = `(${validatorsHash.toUpperCase()} != ${validatorSet.hash.toUpperCase()})`;
    throw refusal(ErrInvalid, `expected validator hash of header to match validator set hash ${texts}`);
  }
  return { signedHeader: checked, validatorSet };
}

/** What is there, each part valid by itself; throws the errors of headers, commits and sets. */
export function lightBlockFromMessage(message: LightBlockMessage): PartialLightBlock {
  const { signedHeader } = message;
  if (signedHeader?.header) validateHeader(signedHeader.header);
  if (signedHeader?.commit) checkedCommit(signedHeader.commit);
  const set = message.validatorSet;
  return { signedHeader, validatorSet: set && ValidatorSet.fromMessage(set) };
}

/** The stored and hashed form: total power 0. */
export function lightBlockToMessage(block: PartialLightBlock): LightBlockMessage {
  return { signedHeader: block.signedHeader, validatorSet: block.validatorSet?.toMessage() };
}

/** Decodes a light block of a peer; see `validateLightBlock` for what else it must satisfy. */
export function decodeLightBlock(bytes: Uint8Array): PartialLightBlock {
  return lightBlockFromMessage(LightBlockMessage.decode(bytes));
}

/** The stored form of a light block; `encodeServedLightBlock` fills in the total power. */
export function encodeLightBlock(block: PartialLightBlock): Uint8Array {
  return LightBlockMessage.encode(lightBlockToMessage(block));
}

/** The form Oasis serves to light clients: total power filled in. */
export function encodeServedLightBlock(block: PartialLightBlock): Uint8Array {
  const message = lightBlockToMessage(block);
  const { validatorSet } = message;
  if (validatorSet === undefined || block.validatorSet === undefined) return LightBlockMessage.encode(message);
  const filled = { ...validatorSet, totalVotingPower: block.validatorSet.totalVotingPower };
  return LightBlockMessage.encode({ ...message, validatorSet: filled });
}
