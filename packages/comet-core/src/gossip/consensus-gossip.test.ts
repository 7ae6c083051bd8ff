import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BitArray,
  ConsensusMessage,
  SignedMsgType,
  ZERO_BLOCK_ID,
  type BlockId,
  type NewRoundStep,
  type Vote,
} from "@wadi/comet-types";
import { isError, must } from "@wadi/util";
import fc from "fast-check";
import { Stage } from "../rounds/testing/stage.ts";
import { RoundStep } from "../rounds/step.ts";
import type { RoundView } from "../rounds/view.ts";
import { blockIdNamed } from "../testing/signers.ts";
import { ConsensusGossip, broadcastMessage } from "./consensus-gossip.ts";
import { ErrInvalidRoundStep } from "./errors.ts";
import type { StoredBlocks } from "./gossip-data.ts";
import { DATA_CHANNEL, STATE_CHANNEL, VOTE_CHANNEL, VOTE_SET_BITS_CHANNEL } from "./messages.ts";
import { encodeOutgoing, type Outgoing } from "./outgoing.ts";
import { storedBlocks } from "./testing/gossip-network.ts";
import { commitVotes } from "./vote-source.ts";

type Sum = NonNullable<ConsensusMessage["sum"]>;
const { prevote, precommit } = SignedMsgType;

interface Bench {
  readonly stage: Stage;
  readonly gossip: ConsensusGossip;
  /** A message of the peer. */
  readonly tell: (channel: number, sum: Sum) => ReturnType<ConsensusGossip["receive"]>;
  readonly step: (height: number, round: number, step: number, lastCommitRound?: number) => void;
}

/** A node with one peer, "p". */
function bench(options: { sync?: boolean; started?: boolean } = {}): Bench {
  const stage = new Stage({ ours: 1 });
  if (options.started !== false) stage.begin();
  const gossip = new ConsensusGossip({
    view: (): RoundView | undefined => (options.sync === true ? undefined : stage.view),
    blocks: storedBlocks(stage.node.chain),
    pick: () => 0,
    initialHeight: 1,
  });
  gossip.addPeer("p", 0);
  const tell: Bench["tell"] = (channel, sum) => gossip.receive("p", channel, ConsensusMessage.encode({ sum }));
  const step: Bench["step"] = (height, round, at, lastCommitRound = height === 1 ? -1 : 0) => {
    tell(STATE_CHANNEL, { case: "newRoundStep", value: roundStep(height, round, at, lastCommitRound) });
  };
  return { stage, gossip, tell, step };
}

function roundStep(height: number, round: number, step: number, lastCommitRound: number): NewRoundStep {
  return { height, round, step, secondsSinceStartTime: 0n, lastCommitRound };
}

const sumOf = (out: Outgoing | undefined): Sum => must(must(out).message.sum);

/** Everything for the peer's vote channel, taken as sent. */
function votesFor({ gossip }: Bench): Vote[] {
  const votes: Vote[] = [];
  for (let out = gossip.nextVote("p"); out !== undefined; out = gossip.nextVote("p")) {
    assert.equal(out.channel, VOTE_CHANNEL);
    const sum = sumOf(out);
    votes.push(must(sum.case === "vote" ? sum.value.vote : undefined));
    gossip.sent("p", out);
    assert.ok(votes.length < 100, "comes to an end");
  }
  return votes;
}

const brief = (vote: Vote): string =>
  `${vote.height}/${vote.round}/${vote.type === prevote ? "pv" : "pc"}/${vote.validatorIndex}`;

/** Decides the next block of the stage. */
function decide(stage: Stage): void {
  const proposer = stage.view.validators.indexOf(must(stage.view.validators.proposer()).address);
  if (proposer !== stage.ours) stage.propose(proposer, stage.block(proposer, `block ${stage.view.height}`));
  const { id } = stage.proposed;
  const others = [0, 1, 2, 3].filter((index) => index !== stage.ours);
  stage.prevotes(id, others);
  stage.precommits(id, others);
  stage.node.fireTimer();
}

test("a new peer is told where we stand, unless we are catching up", () => {
  const { gossip, stage } = bench();
  const greeting = gossip.addPeer("q", stage.node.now.ms + 2500);
  assert.equal(greeting.length, 1);
  const { height, round, step } = stage.view;
  const secondsSinceStartTime = 2n;
  const value = { height, round, step, secondsSinceStartTime, lastCommitRound: -1 };
  assert.deepEqual(greeting[0], broadcastMessage({ kind: "new-round-step", value }));
  assert.deepEqual(bench({ sync: true }).gossip.addPeer("q", 0), []);
});

test("a peer that missed a broadcast can be told again, with the parts that we lack of a decided block", () => {
  const { gossip, stage } = bench();
  const kinds = (): string[] => gossip.news(0).map((out) => sumOf(out).case);
  assert.deepEqual(kinds(), ["newRoundStep"]);
  const block = stage.block(0, "x".repeat(150_000));
  stage.node.receive(stage.proposal(0, block));
  stage.prevotes(block.id, [0, 2, 3]);
  stage.precommits(block.id, [0, 2, 3]);
  assert.equal(stage.view.step, RoundStep.commit);
  const [, out] = gossip.news(0);
  const sum = sumOf(out);
  assert.ok(sum.case === "newValidBlock");
  const { isCommit, blockPartSetHeader, blockParts } = sum.value;
  assert.deepEqual([isCommit, blockPartSetHeader], [true, block.parts.header]);
  assert.deepEqual([...BitArray.fromMessage(must(blockParts), 3).ones()], []);
  assert.deepEqual(bench({ sync: true }).gossip.news(0), []);
});

test("steps must fit the initial height", () => {
  const refused = (value: NewRoundStep): void =>
    assert.throws(
      () => bench().tell(STATE_CHANNEL, { case: "newRoundStep", value }),
      (e) => isError(e, ErrInvalidRoundStep),
    );
  refused(roundStep(0, 0, 1, -1));
  refused(roundStep(1, 0, 1, 0));
  refused(roundStep(2, 0, 1, -1));
  const { gossip, step } = bench();
  step(1, 0, RoundStep.propose, -1);
  step(2, 0, RoundStep.newHeight, 0);
  assert.equal(gossip.peer("p")?.height, 2);
});

test("proposals, parts and votes go to the round state machine, and the peer is known to have them", () => {
  const { stage, gossip, tell, step } = bench();
  step(1, 0, RoundStep.propose);
  const block = stage.block(0, "tx");
  const proposal = must(stage.proposal(0, block));
  assert.ok(proposal.kind === "proposal");
  const first = tell(DATA_CHANNEL, { case: "proposal", value: { proposal: proposal.proposal } });
  assert.deepEqual(first, { forward: proposal, reply: undefined });
  const [part] = stage.parts(block);
  assert.ok(part?.kind === "block-part");
  assert.deepEqual(tell(DATA_CHANNEL, { case: "blockPart", value: part.part }).forward, part);
  const vote = stage.vote("prevote", 2, block.id);
  assert.deepEqual(tell(VOTE_CHANNEL, { case: "vote", value: { vote } }).forward, { kind: "vote", vote });
  const peer = must(gossip.peer("p"));
  assert.deepEqual([peer.hasProposal, must(peer.parts).isFull(), must(peer.prevotes).get(2)], [true, true, true]);
});

test("what belongs to another channel is ignored, and so are strangers", () => {
  const { stage, gossip, tell, step } = bench();
  step(1, 0, RoundStep.propose);
  const vote = stage.vote("prevote", 2, ZERO_BLOCK_ID);
  const nothing = { forward: undefined, reply: undefined };
  for (const channel of [STATE_CHANNEL, DATA_CHANNEL, VOTE_SET_BITS_CHANNEL, 0x30]) {
    assert.deepEqual(tell(channel, { case: "vote", value: { vote } }), nothing);
  }
  const message = ConsensusMessage.encode({ sum: { case: "vote", value: { vote } } });
  assert.deepEqual(gossip.receive("stranger", VOTE_CHANNEL, message), nothing);
  assert.deepEqual(gossip.nextData("stranger"), []);
  assert.equal(gossip.nextVote("stranger"), undefined);
  assert.throws(() => gossip.receive("p", STATE_CHANNEL, new Uint8Array(0)));
});

test("while catching up only steps and what peers have are followed", () => {
  const { stage, gossip, tell, step } = bench({ sync: true });
  step(1, 0, RoundStep.propose);
  assert.equal(gossip.peer("p")?.height, 1);
  const vote = stage.vote("prevote", 2, ZERO_BLOCK_ID);
  const place = { height: 1, round: 0, type: prevote, blockId: ZERO_BLOCK_ID };
  assert.equal(tell(VOTE_CHANNEL, { case: "vote", value: { vote } }).forward, undefined);
  assert.equal(tell(STATE_CHANNEL, { case: "voteSetMaj23", value: place }).reply, undefined);
  tell(VOTE_SET_BITS_CHANNEL, { case: "voteSetBits", value: { ...place, votes: { bits: 1, elems: [1n] } } });
  assert.deepEqual(
    [gossip.nextData("p").length, gossip.nextVote("p"), gossip.majorityClaims("p").length],
    [0, undefined, 0],
  );
});

test("a peer in our round gets the proposal first, then its parts", () => {
  const { stage, gossip, step } = bench();
  step(1, 0, RoundStep.propose);
  assert.deepEqual(gossip.nextData("p"), []);
  const block = stage.block(0, "x".repeat(150_000));
  stage.propose(0, block);
  const [proposal, ...rest] = gossip.nextData("p");
  assert.equal(sumOf(proposal).case, "proposal");
  assert.deepEqual(rest, []);
  assert.deepEqual(gossip.nextData("p"), [proposal], "until it is sent");
  gossip.sent("p", must(proposal));
  const indexes: number[] = [];
  for (let [out] = gossip.nextData("p"); out !== undefined; [out] = gossip.nextData("p")) {
    const sum = sumOf(out);
    assert.ok(sum.case === "blockPart");
    assert.deepEqual([sum.value.height, sum.value.round], [1, 0]);
    indexes.push(sum.value.part.index);
    gossip.sent("p", out);
  }
  assert.deepEqual(indexes, [0, 1, 2]);
});

test("which part and which vote is left to chance", () => {
  const stage = new Stage({ ours: 1 }).begin();
  const asked: number[] = [];
  const pick = (count: number): number => {
    asked.push(count);
    return count - 1;
  };
  const gossip = new ConsensusGossip({ view: () => stage.view, blocks: storedBlocks([]), pick, initialHeight: 1 });
  gossip.addPeer("p", 0);
  const value = roundStep(1, 0, RoundStep.prevote, -1);
  gossip.receive("p", STATE_CHANNEL, ConsensusMessage.encode({ sum: { case: "newRoundStep", value } }));
  stage.propose(0, stage.block(0, "x".repeat(150_000)));
  gossip.sent("p", must(gossip.nextData("p")[0]));
  const sum = sumOf(gossip.nextData("p")[0]);
  assert.equal(sum.case === "blockPart" && sum.value.part.index, 2);
  stage.prevotes(ZERO_BLOCK_ID, [2, 3]);
  const vote = sumOf(gossip.nextVote("p"));
  assert.equal(vote.case === "vote" && vote.value.vote?.validatorIndex, 3);
  assert.deepEqual(asked, [3, 3]);
});

test("a proposal with a proof of lock comes with the votes that we have of it", () => {
  const bed = bench();
  const { stage, gossip, step } = bed;
  const block = stage.block(0, "tx");
  stage.propose(0, block);
  stage.prevotes(block.id, [0, 2]);
  stage.precommits(ZERO_BLOCK_ID, [0, 2, 3]);
  stage.timeout(RoundStep.precommitWait);
  assert.equal(stage.view.round, 1);
  const proposal = must(stage.view.proposal, "we propose the block that we saw prevoted");
  assert.equal(proposal.polRound, 0);
  step(1, 1, RoundStep.propose);
  const messages = gossip.nextData("p");
  assert.deepEqual(
    messages.map((out) => sumOf(out).case),
    ["proposal", "proposalPol"],
  );
  const pol = sumOf(messages[1]);
  assert.ok(pol.case === "proposalPol");
  assert.deepEqual([pol.value.height, pol.value.proposalPolRound], [1, 0]);
  assert.deepEqual([...BitArray.fromMessage(pol.value.proposalPol, 4).ones()], [0, 1, 2]);
  for (const out of messages) gossip.sent("p", out);
  assert.deepEqual(
    votesFor(bed)
      .map(brief)
      .filter((vote) => vote.startsWith("1/0/")),
    ["1/0/pv/0", "1/0/pv/1", "1/0/pv/2"],
    "and the votes of that round, by which the peer may unlock",
  );
});

test("votes are chosen by what the peer's step needs", () => {
  const rows: readonly [step: number, votes: readonly string[]][] = [
    [RoundStep.propose, ["1/0/pv/1", "1/0/pv/2", "1/0/pc/3"]],
    [RoundStep.prevoteWait, ["1/0/pv/1", "1/0/pv/2", "1/0/pc/3"]],
    [RoundStep.precommit, ["1/0/pc/3", "1/0/pv/1", "1/0/pv/2"]],
    [RoundStep.commit, ["1/0/pv/1", "1/0/pv/2"]],
  ];
  for (const [at, expected] of rows) {
    const bed = bench();
    const { stage, step } = bed;
    stage.timeout(RoundStep.propose);
    stage.prevotes(ZERO_BLOCK_ID, [2]);
    stage.precommits(ZERO_BLOCK_ID, [3]);
    step(1, 0, at);
    assert.deepEqual(votesFor(bed).map(brief), expected, `peer at step ${at}`);
  }
});

test("a peer in a later round than ours gets nothing, one in an earlier round what it needs", () => {
  const bed = bench();
  const { stage, step } = bed;
  stage.timeout(RoundStep.propose);
  stage.prevotes(ZERO_BLOCK_ID, [2]);
  step(1, 3, RoundStep.prevote);
  assert.deepEqual(votesFor(bed), []);
  const late = bench();
  late.stage.timeout(RoundStep.propose);
  late.stage.prevotes(ZERO_BLOCK_ID, [0, 2, 3]);
  late.stage.precommits(ZERO_BLOCK_ID, [0, 2, 3]);
  late.stage.timeout(RoundStep.precommitWait);
  assert.equal(late.stage.view.round, 1);
  late.step(1, 0, RoundStep.prevote);
  assert.equal(
    votesFor(late)
      .map(brief)
      .filter((vote) => vote.startsWith("1/0/p")).length,
    8,
  );
});

test("a peer one height behind gets our last commit, further behind the stored one, with the parts", () => {
  const bed = bench();
  const { stage, gossip, step } = bed;
  step(1, 0, RoundStep.propose);
  decide(stage);
  assert.equal(stage.view.height, 2);
  assert.deepEqual(votesFor(bed).map(brief), ["1/0/pc/0", "1/0/pc/1", "1/0/pc/2", "1/0/pc/3"]);
  decide(stage);
  decide(stage);
  assert.equal(stage.view.height, 4);
  gossip.addPeer("p", 0);
  step(1, 0, RoundStep.propose);
  const stored = commitVotes(must(must(stage.node.chain[1]).block.lastCommit));
  assert.deepEqual(
    votesFor(bed).map(brief),
    ["1/0/pc/0", "1/0/pc/1", "1/0/pc/2", "1/0/pc/3"].filter((_, i) => stored.bits().get(i)),
    "the commit in the block after it",
  );
  const parts: number[] = [];
  for (let [out] = gossip.nextData("p"); out !== undefined; [out] = gossip.nextData("p")) {
    const sum = sumOf(out);
    assert.ok(sum.case === "blockPart");
    assert.deepEqual([sum.value.height, sum.value.round], [1, 0], "the peer's height and round");
    parts.push(sum.value.part.index);
    gossip.sent("p", out);
  }
  assert.equal(parts.length, must(stage.node.chain[0]).parts.header.total);
});

test("a peer behind that collects another block gets no parts before it knows better", () => {
  const { stage, gossip, tell, step } = bench();
  decide(stage);
  decide(stage);
  step(1, 0, RoundStep.commit);
  const other = blockIdNamed("other", 2).partSetHeader;
  const blockParts = { bits: 2, elems: [0n] };
  const value = { height: 1, round: 0, blockPartSetHeader: other, blockParts, isCommit: false };
  tell(STATE_CHANNEL, { case: "newValidBlock", value });
  assert.deepEqual(gossip.nextData("p"), []);
  const header = must(stage.node.chain[0]).parts.header;
  const none = new BitArray(header.total).toMessage();
  tell(STATE_CHANNEL, {
    case: "newValidBlock",
    value: { ...value, blockPartSetHeader: header, blockParts: none, isCommit: true },
  });
  assert.equal(gossip.nextData("p").length, 1);
});

test("nothing is sent for heights that are pruned or ahead of us", () => {
  const stage = new Stage({ ours: 1 }).begin();
  decide(stage);
  decide(stage);
  const blocks = { ...storedBlocks(stage.node.chain), base: 2, height: 2 };
  const gossip = new ConsensusGossip({ view: () => stage.view, blocks, pick: () => 0, initialHeight: 1 });
  for (const height of [1, 9]) {
    gossip.addPeer("p", 0);
    const value = roundStep(height, 0, RoundStep.propose, height === 1 ? -1 : 0);
    gossip.receive("p", STATE_CHANNEL, ConsensusMessage.encode({ sum: { case: "newRoundStep", value } }));
    assert.deepEqual(gossip.nextData("p"), [], `height ${height}`);
    assert.equal(gossip.nextVote("p"), undefined, `height ${height}`);
  }
});

test("a stored commit is read once for all its votes", () => {
  const stage = new Stage({ ours: 1 }).begin();
  for (let i = 0; i < 3; i++) decide(stage);
  const stored = storedBlocks(stage.node.chain);
  let reads = 0;
  const blocks: StoredBlocks = {
    ...stored,
    height: stored.height,
    loadCommit: (height) => {
      reads++;
      return stored.loadCommit(height);
    },
  };
  const gossip = new ConsensusGossip({ view: () => stage.view, blocks, pick: () => 0, initialHeight: 1 });
  gossip.addPeer("p", 0);
  const value = roundStep(1, 0, RoundStep.propose, -1);
  gossip.receive("p", STATE_CHANNEL, ConsensusMessage.encode({ sum: { case: "newRoundStep", value } }));
  const votes: unknown[] = [];
  for (let out = gossip.nextVote("p"); out !== undefined; out = gossip.nextVote("p")) {
    votes.push(out);
    gossip.sent("p", out);
  }
  assert.ok(votes.length >= 3, `${votes.length} votes`);
  assert.equal(reads, 1);
});

test("a claim for our height is passed on and answered with the votes that we have for that block", () => {
  const { stage, tell, step } = bench();
  step(1, 0, RoundStep.prevote);
  stage.timeout(RoundStep.propose);
  const a = blockIdNamed("a");
  stage.prevotes(a, [0, 3]);
  const claim = (blockId: BlockId, height = 1): ReturnType<Bench["tell"]> =>
    tell(STATE_CHANNEL, { case: "voteSetMaj23", value: { height, round: 0, type: prevote, blockId } });
  const { forward, reply } = claim(a);
  assert.deepEqual(forward, { kind: "majority-claim", claim: { height: 1, round: 0, type: prevote, blockId: a } });
  assert.equal(must(reply).channel, VOTE_SET_BITS_CHANNEL);
  const sum = sumOf(reply);
  assert.ok(sum.case === "voteSetBits");
  assert.deepEqual([...BitArray.fromMessage(sum.value.votes, 4).ones()], [0, 3]);
  const unknown = sumOf(claim(blockIdNamed("b")).reply);
  assert.ok(unknown.case === "voteSetBits");
  assert.deepEqual(unknown.value.votes, { bits: 0, elems: [] });
  assert.deepEqual(claim(a, 2), { forward: undefined, reply: undefined });
});

test("the answer to a claim corrects what we thought the peer has", () => {
  const bed = bench();
  const { stage, tell, step } = bed;
  step(1, 0, RoundStep.prevote);
  stage.timeout(RoundStep.propose);
  const a = blockIdNamed("a");
  stage.prevotes(a, [0, 3]);
  assert.equal(votesFor(bed).length, 3, "two for the block, and our own for nil");
  // The peer was given other votes by validator 3 and 0, and has none of these.
  const value = { height: 1, round: 0, type: prevote, blockId: a, votes: { bits: 4, elems: [0n] } };
  tell(VOTE_SET_BITS_CHANNEL, { case: "voteSetBits", value });
  assert.deepEqual(votesFor(bed).map(brief), ["1/0/pv/0", "1/0/pv/3"]);
});

test("we claim the majorities of the peer's rounds and of the commit that it is sent", () => {
  const bed = bench();
  const { stage, gossip, step } = bed;
  stage.propose(0, stage.block(0, "tx"));
  const { id } = stage.proposed;
  stage.prevotes(id, [0, 2]);
  step(1, 0, RoundStep.prevote);
  const claims = (): unknown[] =>
    gossip.majorityClaims("p").map((out) => {
      const sum = sumOf(out);
      assert.ok(sum.case === "voteSetMaj23" && out.channel === STATE_CHANNEL);
      return [sum.value.height, sum.value.round, sum.value.type, sum.value.blockId.hash];
    });
  assert.deepEqual(claims(), [[1, 0, prevote, id.hash]]);
  stage.precommits(id, [0, 2]);
  stage.node.fireTimer();
  decide(stage);
  assert.equal(stage.view.height, 3);
  assert.deepEqual(claims(), []);
  votesFor(bed);
  assert.deepEqual(claims(), [[1, 0, precommit, id.hash]], "it was sent votes of the stored commit");
});

test("a peer that lies about what it has gets less, and cannot make us send for ever", () => {
  const bed = bench();
  const { stage, gossip, tell, step } = bed;
  const block = stage.block(0, "tx");
  stage.propose(0, block);
  stage.prevotes(block.id, [0, 2]);
  stage.precommits(ZERO_BLOCK_ID, [0, 2, 3]);
  stage.timeout(RoundStep.precommitWait);
  step(1, 1, RoundStep.propose);
  for (const out of gossip.nextData("p")) gossip.sent("p", out);
  for (const size of [1, 3, 5, 10_000]) {
    const proposalPol = new BitArray(size).toMessage();
    tell(DATA_CHANNEL, { case: "proposalPol", value: { height: 1, proposalPolRound: 0, proposalPol } });
    assert.deepEqual(
      votesFor(bed)
        .map(brief)
        .filter((vote) => vote.startsWith("1/0/pv")),
      [],
      `an array of ${size} bits`,
    );
  }
  tell(STATE_CHANNEL, { case: "hasVote", value: { height: 1, round: 1, type: prevote, index: 0x7fff_ffff } });
  const vote = { ...stage.vote("prevote", 2, ZERO_BLOCK_ID), validatorIndex: 0x7fff_ffff };
  tell(VOTE_CHANNEL, { case: "vote", value: { vote } });
  for (const out of gossip.nextData("p")) assert.ok(encodeOutgoing(out).length > 0);
});

test("a flood of votes leaves no more behind than the validators need", () => {
  const { stage, gossip, tell, step } = bench();
  step(1, 0, RoundStep.prevote);
  stage.timeout(RoundStep.propose);
  for (let i = 0; i < 500; i++) {
    // Rounds far ahead, other heights, and votes nobody signed.
    const vote = { ...stage.vote("prevote", i % 4, blockIdNamed(`${i}`)), round: i, height: 1 + (i % 3) };
    const { forward } = tell(VOTE_CHANNEL, { case: "vote", value: { vote } });
    stage.node.receive(must(forward), "p");
    tell(STATE_CHANNEL, { case: "hasVote", value: { height: 1, round: i, type: precommit, index: i } });
  }
  assert.ok(stage.node.events("message-refused").length > 100);
  let followed = 0;
  for (let round = 0; round < 500; round++) if (stage.view.votes.prevotes(round) !== undefined) followed++;
  assert.equal(followed, 2, "the round at work and the next one");
  const { prevotes, precommits, pol, catchupCommit, lastCommit } = must(gossip.peer("p"));
  for (const bits of [prevotes, precommits, pol, catchupCommit]) assert.equal(must(bits).size, 4);
  assert.equal(lastCommit, undefined);
});

test("property: what the peer lacks is sent once each, and nothing else, whatever it had before", () => {
  const flags = (length: number): fc.Arbitrary<boolean[]> =>
    fc.array(fc.boolean(), { minLength: length, maxLength: length });
  const stage = new Stage({ ours: 1 }).begin();
  stage.propose(0, stage.block(0, "x".repeat(400_000)));
  stage.prevotes(ZERO_BLOCK_ID, [2]);
  stage.precommits(ZERO_BLOCK_ID, [3, 0]);
  const { header } = must(stage.view.proposalParts);
  fc.assert(
    fc.property(
      flags(header.total),
      flags(4),
      flags(4),
      fc.infiniteStream(fc.nat()),
      (parts, prevotes, precommits, chance) => {
        const pick = (count: number): number => chance.next().value % count;
        const gossip = new ConsensusGossip({
          view: () => stage.view,
          blocks: storedBlocks([]),
          pick,
          initialHeight: 1,
        });
        gossip.addPeer("p", 0);
        const tell = (channel: number, sum: Sum): unknown =>
          gossip.receive("p", channel, ConsensusMessage.encode({ sum }));
        tell(STATE_CHANNEL, { case: "newRoundStep", value: roundStep(1, 0, RoundStep.prevote, -1) });
        const blockParts = BitArray.from(parts).toMessage();
        const news = { height: 1, round: 0, blockPartSetHeader: header, blockParts, isCommit: false };
        tell(STATE_CHANNEL, { case: "newValidBlock", value: news });
        gossip.nextVote("p");
        for (const [type, known] of [[prevote, prevotes] as const, [precommit, precommits] as const]) {
          for (const [index, has] of known.entries()) {
            if (has) tell(STATE_CHANNEL, { case: "hasVote", value: { height: 1, round: 0, type, index } });
          }
        }
        const sent: string[] = [];
        for (let out = gossip.nextVote("p"); out; out = gossip.nextVote("p")) {
          const sum = sumOf(out);
          sent.push(brief(must(sum.case === "vote" ? sum.value.vote : undefined)));
          gossip.sent("p", out);
        }
        for (let messages = gossip.nextData("p"); messages.length > 0; messages = gossip.nextData("p")) {
          for (const out of messages) {
            const sum = sumOf(out);
            sent.push(sum.case === "blockPart" ? `part ${sum.value.part.index}` : sum.case);
            gossip.sent("p", out);
          }
        }
        const lacking = [
          ...[1, 2].filter((i) => prevotes[i] === false).map((i) => `1/0/pv/${i}`),
          ...[0, 3].filter((i) => precommits[i] === false).map((i) => `1/0/pc/${i}`),
          ...parts.flatMap((has, i) => (has ? [] : [`part ${i}`])),
          "proposal",
        ];
        assert.deepEqual(sent.toSorted(), lacking.toSorted());
      },
    ),
    { numRuns: 100 },
  );
});
