// Which part or proposal a peer needs next (gossipDataRoutine in consensus/reactor.go of the fork).
import {
  BitArray,
  samePartSetHeader,
  type Commit,
  type Part,
  type PartSetHeader,
  type Proposal,
} from "@wadi/comet-types";
import type { RoundView } from "../rounds/view.ts";
import { DATA_CHANNEL } from "./messages.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PeerState } from "./peer-state.ts";

/** Blocks that this node has stored, for peers that are behind. */
export interface StoredBlocks {
  /** First height; 0 if there is none. */
  readonly base: number;
  /** Last height. */
  readonly height: number;
  loadPartSetHeader(height: number): PartSetHeader | undefined;
  loadPart(height: number, index: number): Part | undefined;
  /** The commit that the next block carries. */
  loadCommit(height: number): Commit | undefined;
  /** The commit with which this node saw the block become final; kept for the last height. */
  loadSeenCommit(height: number): Commit | undefined;
}

/** A number from 0 up to `count` (exclusive). Even choices keep peers from all sending the same. */
export type PickIndex = (count: number) => number;

/** One of the bits that are set in `ours` and not in `theirs`. */
export function pickMissing(ours: BitArray, theirs: BitArray, pick: PickIndex): number | undefined {
  const count = ours.countBeyond(theirs);
  return count === 0 ? undefined : ours.nthBeyond(theirs, pick(count));
}

function partMessage(height: number, round: number, part: Part, peer: PeerState): Outgoing {
  return {
    channel: DATA_CHANNEL,
    message: { sum: { case: "blockPart", value: { height, round, part } } },
    teaches: { kind: "part", height: peer.height, round: peer.round, index: part.index },
  };
}

/** A part of the block that we both collect; height and round are ours, so that the peer knows what it is for. */
function currentPart(
  { height, round, proposalParts }: RoundView,
  peer: PeerState,
  pick: PickIndex,
): Outgoing | undefined {
  if (proposalParts === undefined || peer.parts === undefined) return undefined;
  if (!samePartSetHeader(proposalParts.header, peer.partsHeader)) return undefined;
  const index = pickMissing(proposalParts.present(), peer.parts, pick);
  const part = index === undefined ? undefined : proposalParts.part(index);
  return part && partMessage(height, round, part, peer);
}

const allOf = (size: number): BitArray => BitArray.from(Array.from({ length: size }, () => true));

/** A part of the block of the peer's height, which we have stored. */
function storedPart(peer: PeerState, blocks: StoredBlocks, pick: PickIndex): Outgoing | undefined {
  const header = blocks.loadPartSetHeader(peer.height);
  if (header === undefined) return undefined;
  peer.collect(header);
  // It collects another block, which it will notice when it has the commit.
  if (peer.parts === undefined || !samePartSetHeader(header, peer.partsHeader)) return undefined;
  const index = pickMissing(allOf(header.total), peer.parts, pick);
  const part = index === undefined ? undefined : blocks.loadPart(peer.height, index);
  return part && partMessage(peer.height, peer.round, part, peer);
}

/** The proposal, and which votes of its proof-of-lock round we have. */
function proposalMessages({ height, votes }: RoundView, proposal: Proposal): Outgoing[] {
  const first: Outgoing = {
    channel: DATA_CHANNEL,
    message: { sum: { case: "proposal", value: { proposal } } },
    teaches: { kind: "proposal", proposal },
  };
  const { polRound: proposalPolRound } = proposal;
  const pol = proposalPolRound < 0 ? undefined : votes.prevotes(proposalPolRound);
  if (pol === undefined) return [first];
  const value = { height, proposalPolRound, proposalPol: pol.bits().toMessage() };
  return [first, { channel: DATA_CHANNEL, message: { sum: { case: "proposalPol", value } }, teaches: undefined }];
}

/** The next messages for the data channel, to be sent one after the other; none if the peer needs nothing. */
export function nextData(view: RoundView, peer: PeerState, blocks: StoredBlocks, pick: PickIndex): readonly Outgoing[] {
  const part = currentPart(view, peer, pick);
  if (part !== undefined) return [part];
  if (blocks.base > 0 && peer.height >= blocks.base && peer.height < view.height) {
    const stored = storedPart(peer, blocks, pick);
    return stored === undefined ? [] : [stored];
  }
  if (peer.height !== view.height || peer.round !== view.round) return [];
  if (view.proposal === undefined || peer.hasProposal) return [];
  return proposalMessages(view, view.proposal);
}
