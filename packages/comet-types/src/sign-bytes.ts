// What validators sign: delimited canonical messages (types/canonical.go of the fork), then the
// Oasis prehash with the context that is common to all keys of the engine.
import { proto } from "@wadi/codec";
import { sha512_256 } from "@wadi/crypto";
import { pooledBytes, utf8 } from "@wadi/util";
import { isZeroBlockId, sameBlockId } from "./block-id.ts";
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

/** Writes the sign bytes of votes that differ in their time only. */
export type SignBytesWriter = (timestamp: TimeNs) => Uint8Array;

interface KnownWriter {
  readonly chainId: string;
  readonly vote: Omit<SignedVote, "timestamp">;
  readonly write: SignBytesWriter;
}

/** Votes that are at work at a time: two steps of a round, for a block and for nil. */
const KNOWN_WRITERS = 8;
const knownWriters: KnownWriter[] = [];
let oldestWriter = 0;

/** Sign bytes of a vote, with their length in front. */
export function voteSignBytes(chainId: string, vote: SignedVote): Uint8Array {
  return voteSignBytesWriter(chainId, vote)(vote.timestamp);
}

/**
 * A writer of sign bytes for votes that differ in their time only. Most of the bytes of such votes
 * are the same, and with the writer at hand the rest costs a tenth; the last ones are remembered.
 */
export function voteSignBytesWriter(chainId: string, vote: Omit<SignedVote, "timestamp">): SignBytesWriter {
  for (const known of knownWriters) if (known.chainId === chainId && isSameBallot(known.vote, vote)) return known.write;
  const { type, height, round, blockId } = vote;
  const ballot = { type, height, round, blockId };
  const write = newWriter(chainId, ballot);
  knownWriters[oldestWriter] = { chainId, vote: ballot, write };
  oldestWriter = (oldestWriter + 1) % KNOWN_WRITERS;
  return write;
}

function isSameBallot(a: Omit<SignedVote, "timestamp">, b: Omit<SignedVote, "timestamp">): boolean {
  return a.height === b.height && a.type === b.type && a.round === b.round && sameBlockId(a.blockId, b.blockId);
}

function newWriter(chainId: string, vote: Omit<SignedVote, "timestamp">): SignBytesWriter {
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
    if (length >= 1 << 14) throw new RangeError("chain id is too long");
    const prefix = length < 0x80 ? 1 : 2;
    const bytes = pooledBytes(prefix + length);
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

/** A proposal's are asked for by whoever looks at it, one after the other. */
const proposalBytes = new WeakMap<SignedProposal, { readonly chainId: string; readonly bytes: Uint8Array }>();

/** Sign bytes of a proposal, with their length in front; not to be changed. */
export function proposalSignBytes(chainId: string, proposal: SignedProposal): Uint8Array {
  const known = proposalBytes.get(proposal);
  if (known?.chainId === chainId) return known.bytes;
  const bytes = encodeProposal(chainId, proposal);
  proposalBytes.set(proposal, { chainId, bytes });
  return bytes;
}

function encodeProposal(chainId: string, proposal: SignedProposal): Uint8Array {
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
