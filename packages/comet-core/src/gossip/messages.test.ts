import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BitArray,
  ConsensusMessage,
  ErrInvalid,
  PartSet,
  Proposal,
  SignedMsgType,
  ZERO_BLOCK_ID,
  type BlockId,
  type HexHash,
  type NewRoundStep,
  type NewValidBlock,
} from "@wadi/comet-types";
import { concatBytes, isError, must, utf8, type ErrorKind } from "@wadi/util";
import { blockIdNamed, signedVote, signersWith } from "../testing/signers.ts";
import { ErrMessageNotRecognized, ErrMessageTooLarge } from "./errors.ts";
import {
  DATA_CHANNEL,
  MAX_CONSENSUS_MESSAGE_SIZE,
  STATE_CHANNEL,
  VOTE_CHANNEL,
  VOTE_SET_BITS_CHANNEL,
  channelOf,
  decodeGossipMessage,
} from "./messages.ts";

type Sum = NonNullable<ConsensusMessage["sum"]>;

const signers = signersWith([1n, 1n, 1n]);
const blockId = blockIdNamed("block", 3);
const badId: BlockId = { ...blockId, hash: "ab" as HexHash };
const bits = (...list: boolean[]): ReturnType<BitArray["toMessage"]> => BitArray.from(list).toMessage();
const decode = (sum: Sum): ReturnType<typeof decodeGossipMessage> =>
  decodeGossipMessage(ConsensusMessage.encode({ sum }));

const step: NewRoundStep = { height: 5, round: 0, step: 1, secondsSinceStartTime: -1n, lastCommitRound: 0 };
const validBlock: NewValidBlock = {
  height: 5,
  round: 1,
  blockPartSetHeader: blockId.partSetHeader,
  blockParts: bits(true, false, true),
  isCommit: false,
};
const proposal = Proposal.create({
  type: SignedMsgType.proposal,
  height: 5,
  round: 0,
  polRound: -1,
  blockId,
  signature: new Uint8Array(64).fill(1),
});
const parts = PartSet.fromData(new Uint8Array(70_000).fill(7));
const part = must(parts.part(1));
const vote = signedVote(signers, 1, { height: 5, blockId });
const place = { height: 5, round: 0, type: SignedMsgType.precommit };

/** One valid message of each kind. */
const valid: readonly [Sum, kind: string, channel: number][] = [
  [{ case: "newRoundStep", value: step }, "new-round-step", STATE_CHANNEL],
  [{ case: "newValidBlock", value: validBlock }, "new-valid-block", STATE_CHANNEL],
  [{ case: "proposal", value: { proposal } }, "proposal", DATA_CHANNEL],
  [
    { case: "proposalPol", value: { height: 5, proposalPolRound: 0, proposalPol: bits(true) } },
    "proposal-pol",
    DATA_CHANNEL,
  ],
  [{ case: "blockPart", value: { height: 5, round: 0, part } }, "block-part", DATA_CHANNEL],
  [{ case: "vote", value: { vote } }, "vote", VOTE_CHANNEL],
  [{ case: "hasVote", value: { ...place, index: 2 } }, "has-vote", STATE_CHANNEL],
  [{ case: "voteSetMaj23", value: { ...place, blockId } }, "majority-claim", STATE_CHANNEL],
  [{ case: "voteSetBits", value: { ...place, blockId, votes: bits(true) } }, "vote-set-bits", VOTE_SET_BITS_CHANNEL],
];

test("every kind of message is taken, each on its channel", () => {
  for (const [sum, kind, channel] of valid) {
    const message = decode(sum);
    assert.equal(message.kind, kind);
    assert.equal(channelOf(message.kind), channel, kind);
  }
});

const sized = (size: number): { bits: number; elems: bigint[] } => ({
  bits: size,
  elems: Array.from({ length: Math.ceil(size / 64) }, () => 0n),
});

/** Valid at the edge of a rule. */
const edges: readonly [string, Sum][] = [
  ["height 0", { case: "newRoundStep", value: { ...step, height: 0 } }],
  ["step 8", { case: "newRoundStep", value: { ...step, step: 8 } }],
  ["no last commit", { case: "newRoundStep", value: { ...step, lastCommitRound: -1 } }],
  [
    "1601 parts",
    {
      case: "newValidBlock",
      value: { ...validBlock, blockPartSetHeader: { total: 1601, hash: blockId.hash }, blockParts: sized(1601) },
    },
  ],
  [
    "parts without a hash",
    { case: "newValidBlock", value: { ...validBlock, blockPartSetHeader: { total: 3, hash: "" as HexHash } } },
  ],
  ["10000 votes", { case: "proposalPol", value: { height: 0, proposalPolRound: 0, proposalPol: sized(10_000) } }],
  ["votes of nil", { case: "voteSetBits", value: { ...place, blockId: ZERO_BLOCK_ID, votes: sized(10_000) } }],
  ["no votes", { case: "voteSetBits", value: { ...place, blockId, votes: sized(0) } }],
  ["a round that cannot be", { case: "voteSetBits", value: { ...place, round: -1, blockId, votes: sized(0) } }],
  ["a claim for nil", { case: "voteSetMaj23", value: { ...place, blockId: ZERO_BLOCK_ID } }],
  ["a POL round as high as the round", { case: "proposal", value: { proposal: { ...proposal, polRound: 7 } } }],
];

test("messages at the edge of the rules are taken", () => {
  for (const [name, sum] of edges) assert.doesNotThrow(() => decode(sum), name);
});

const broken: readonly [string, Sum][] = [
  ["step: negative height", { case: "newRoundStep", value: { ...step, height: -1 } }],
  ["step: negative round", { case: "newRoundStep", value: { ...step, round: -1 } }],
  ["step: 0", { case: "newRoundStep", value: { ...step, step: 0 } }],
  ["step: 9", { case: "newRoundStep", value: { ...step, step: 9 } }],
  ["step: more than a byte", { case: "newRoundStep", value: { ...step, step: 257 } }],
  ["step: last commit round -2", { case: "newRoundStep", value: { ...step, lastCommitRound: -2 } }],
  ["valid block: negative height", { case: "newValidBlock", value: { ...validBlock, height: -1 } }],
  ["valid block: negative round", { case: "newValidBlock", value: { ...validBlock, round: -1 } }],
  [
    "valid block: short hash",
    { case: "newValidBlock", value: { ...validBlock, blockPartSetHeader: { total: 3, hash: "ab" as HexHash } } },
  ],
  ["valid block: no bits", { case: "newValidBlock", value: { ...validBlock, blockParts: undefined } }],
  ["valid block: empty bits", { case: "newValidBlock", value: { ...validBlock, blockParts: sized(0) } }],
  ["valid block: another size", { case: "newValidBlock", value: { ...validBlock, blockParts: sized(4) } }],
  [
    "valid block: 1602 parts",
    {
      case: "newValidBlock",
      value: { ...validBlock, blockPartSetHeader: { total: 1602, hash: blockId.hash }, blockParts: sized(1602) },
    },
  ],
  [
    "valid block: words do not fit the bits",
    { case: "newValidBlock", value: { ...validBlock, blockParts: { bits: 3, elems: [0n, 0n] } } },
  ],
  [
    "valid block: bits without words",
    { case: "newValidBlock", value: { ...validBlock, blockParts: { bits: 3, elems: [] } } },
  ],
  ["proposal: type", { case: "proposal", value: { proposal: { ...proposal, type: SignedMsgType.prevote } } }],
  ["proposal: block id", { case: "proposal", value: { proposal: { ...proposal, blockId: ZERO_BLOCK_ID } } }],
  ["proposal: POL round", { case: "proposal", value: { proposal: { ...proposal, polRound: -2 } } }],
  ["proposal: signature", { case: "proposal", value: { proposal: { ...proposal, signature: new Uint8Array(65) } } }],
  [
    "POL: negative height",
    { case: "proposalPol", value: { height: -1, proposalPolRound: 0, proposalPol: bits(true) } },
  ],
  ["POL: negative round", { case: "proposalPol", value: { height: 5, proposalPolRound: -1, proposalPol: bits(true) } }],
  ["POL: empty", { case: "proposalPol", value: { height: 5, proposalPolRound: 0, proposalPol: sized(0) } }],
  ["POL: 10001 votes", { case: "proposalPol", value: { height: 5, proposalPolRound: 0, proposalPol: sized(10_001) } }],
  ["part: negative height", { case: "blockPart", value: { height: -1, round: 0, part } }],
  ["part: negative round", { case: "blockPart", value: { height: 5, round: -1, part } }],
  [
    "part: too big",
    { case: "blockPart", value: { height: 5, round: 0, part: { ...part, bytes: new Uint8Array(65_537) } } },
  ],
  [
    "part: another index than its proof",
    { case: "blockPart", value: { height: 5, round: 0, part: { ...part, index: 0 } } },
  ],
  [
    "part: inner part that is short",
    {
      case: "blockPart",
      value: { height: 5, round: 0, part: { ...must(parts.part(0)), bytes: utf8("short") } },
    },
  ],
  ["vote: none", { case: "vote", value: { vote: undefined } }],
  ["vote: type", { case: "vote", value: { vote: { ...vote, type: SignedMsgType.proposal } } }],
  ["vote: height 0", { case: "vote", value: { vote: { ...vote, height: 0 } } }],
  ["vote: index", { case: "vote", value: { vote: { ...vote, validatorIndex: -1 } } }],
  ["vote: block id", { case: "vote", value: { vote: { ...vote, blockId: badId } } }],
  ["vote: no signature", { case: "vote", value: { vote: { ...vote, signature: new Uint8Array(0) } } }],
  ["has vote: negative height", { case: "hasVote", value: { ...place, height: -1, index: 0 } }],
  ["has vote: negative round", { case: "hasVote", value: { ...place, round: -1, index: 0 } }],
  ["has vote: type", { case: "hasVote", value: { ...place, type: SignedMsgType.proposal, index: 0 } }],
  ["has vote: negative index", { case: "hasVote", value: { ...place, index: -1 } }],
  ["claim: negative height", { case: "voteSetMaj23", value: { ...place, height: -1, blockId } }],
  ["claim: negative round", { case: "voteSetMaj23", value: { ...place, round: -1, blockId } }],
  ["claim: type", { case: "voteSetMaj23", value: { ...place, type: 0, blockId } }],
  ["claim: block id", { case: "voteSetMaj23", value: { ...place, blockId: badId } }],
  ["bits: negative height", { case: "voteSetBits", value: { ...place, height: -1, blockId, votes: bits(true) } }],
  ["bits: type", { case: "voteSetBits", value: { ...place, type: 3, blockId, votes: bits(true) } }],
  ["bits: block id", { case: "voteSetBits", value: { ...place, blockId: badId, votes: bits(true) } }],
  ["bits: 10001 votes", { case: "voteSetBits", value: { ...place, blockId, votes: sized(10_001) } }],
  ["bits: words", { case: "voteSetBits", value: { ...place, blockId, votes: { bits: 1, elems: [] } } }],
  [
    "bits: a negative number of them",
    { case: "voteSetBits", value: { ...place, blockId, votes: { bits: -5, elems: [] } } },
  ],
];

test("each broken rule ends the connection", () => {
  for (const [name, sum] of broken) {
    assert.throws(
      () => decode(sum),
      (e) => {
        const kinds: readonly ErrorKind[] = [ErrInvalid, ErrMessageNotRecognized];
        assert.ok(
          kinds.some((kind) => isError(e, kind)),
          `${name}: ${String(e)}`,
        );
        return true;
      },
      name,
    );
  }
});

test("messages that are none, unknown kinds and too long ones end the connection", () => {
  const refused = (bytes: Uint8Array, kind: ErrorKind): void =>
    assert.throws(
      () => decodeGossipMessage(bytes),
      (e) => isError(e, kind),
    );
  refused(new Uint8Array(0), ErrMessageNotRecognized);
  refused(Uint8Array.of(0x7a, 0), ErrMessageNotRecognized);
  assert.throws(() => decodeGossipMessage(Uint8Array.of(0x0a, 5, 1)), { module: "codec/protobuf" });
  refused(new Uint8Array(MAX_CONSENSUS_MESSAGE_SIZE + 1), ErrMessageTooLarge);

  // Unknown fields are skipped, so that a message can be made as long as one likes.
  const message = ConsensusMessage.encode({ sum: must(valid[0])[0] });
  const padding = MAX_CONSENSUS_MESSAGE_SIZE - message.length - 5;
  const field = concatBytes(
    Uint8Array.of(0x7a, (padding & 0x7f) | 0x80, ((padding >> 7) & 0x7f) | 0x80, ((padding >> 14) & 0x7f) | 0x80, 0),
    new Uint8Array(padding),
  );
  const longest = concatBytes(message, field);
  assert.equal(longest.length, MAX_CONSENSUS_MESSAGE_SIZE);
  assert.equal(decodeGossipMessage(longest).kind, "new-round-step");
  refused(concatBytes(longest, Uint8Array.of(0)), ErrMessageTooLarge);
});
