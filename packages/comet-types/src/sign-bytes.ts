// What validators sign: delimited canonical messages (types/canonical.go of the fork), then the
// Oasis prehash with the context that is common to all keys of the engine.
import { proto } from "@wadi/codec";
import { sha512_256 } from "@wadi/crypto";
import { utf8 } from "@wadi/util";
import { isZeroBlockId } from "./block-id.ts";
import type { TimeNs } from "./go-time.ts";
import type { BlockId, Proposal, Vote } from "./wire/basics.ts";
import { CanonicalProposal, CanonicalVote } from "./wire/canonical.ts";

/** Domain separation of every engine signature; no chain context is added to it. */
export const SIGNATURE_CONTEXT = "oasis-core/tendermint";

const contextBytes = utf8(SIGNATURE_CONTEXT);

/** What Ed25519 signs for a message of the engine: SHA-512/256(context ‖ message), 32 bytes. */
export function signaturePrehash(message: Uint8Array): Uint8Array {
  return sha512_256(contextBytes, message);
}

const canonicalBlockId = (id: BlockId): BlockId | undefined => (isZeroBlockId(id) ? undefined : id);

/** The parts of a vote that are signed. */
export type SignedVote = Pick<Vote, "type" | "height" | "round" | "blockId" | "timestamp">;

/** Sign bytes of a vote, with their length in front. */
export function voteSignBytes(chainId: string, vote: SignedVote): Uint8Array {
  return proto.encodeDelimited(CanonicalVote, {
    type: vote.type,
    height: BigInt(vote.height),
    round: BigInt(vote.round),
    blockId: canonicalBlockId(vote.blockId),
    timestamp: vote.timestamp,
    chainId,
  });
}

/** A writer of sign bytes for votes that differ in their time only, which costs a tenth of `voteSignBytes`. */
export function voteSignBytesWriter(
  chainId: string,
  vote: Omit<SignedVote, "timestamp">,
): (timestamp: TimeNs) => Uint8Array {
  const empty = { type: 0, height: 0n, round: 0n, blockId: undefined, timestamp: 0n, chainId: "" };
  const head = CanonicalVote.encode({
    ...empty,
    type: vote.type,
    height: BigInt(vote.height),
    round: BigInt(vote.round),
    blockId: canonicalBlockId(vote.blockId),
  });
  // A time of 0 is two bytes, the field and a length of 0, at the end of one and the start of the other.
  const before = head.subarray(0, head.length - 1);
  const after = CanonicalVote.encode({ ...empty, chainId }).subarray(2);
  return (timestamp) => {
    const time = proto.encodeTimestamp(timestamp);
    const length = before.length + 1 + time.length + after.length;
    // At most about 200 bytes: chain ids have 50.
    const prefix = length < 0x80 ? 1 : 2;
    const bytes = new Uint8Array(prefix + length);
    bytes[0] = prefix === 1 ? length : (length & 0x7f) | 0x80;
    if (prefix === 2) bytes[1] = length >> 7;
    bytes.set(before, prefix);
    bytes[prefix + before.length] = time.length;
    bytes.set(time, prefix + before.length + 1);
    bytes.set(after, prefix + before.length + 1 + time.length);
    return bytes;
  };
}

/** The parts of a proposal that are signed. */
export type SignedProposal = Omit<Proposal, "signature">;

/** Sign bytes of a proposal, with their length in front. */
export function proposalSignBytes(chainId: string, proposal: SignedProposal): Uint8Array {
  return proto.encodeDelimited(CanonicalProposal, {
    type: proposal.type,
    height: BigInt(proposal.height),
    round: BigInt(proposal.round),
    polRound: BigInt(proposal.polRound),
    blockId: canonicalBlockId(proposal.blockId),
    timestamp: proposal.timestamp,
    chainId,
  });
}
