import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConsensusMessage,
  SignedMsgType,
  isZeroBlockId,
  type BlockPart,
  type Part,
  type Proposal,
  type Vote,
} from "@wadi/comet-types";
import { WadiError, must } from "@wadi/util";
import { toyGenesis, toyTx } from "../rounds/testing/toy-chain.ts";
import { blockIdNamed } from "../testing/signers.ts";
import {
  DATA_CHANNEL,
  MAX_CONSENSUS_MESSAGE_SIZE,
  STATE_CHANNEL,
  VOTE_CHANNEL,
  VOTE_SET_BITS_CHANNEL,
} from "./messages.ts";
import { GossipNetwork } from "./testing/gossip-network.ts";

type Sum = NonNullable<ConsensusMessage["sum"]>;
const { prevote, precommit } = SignedMsgType;

/** Four validators, and a liar that is connected to all of them; every message passes the liar before it arrives. */
class Stage {
  readonly net: GossipNetwork;
  readonly disconnected: unknown[] = [];
  #connections = 0;

  constructor() {
    const { state, keys } = toyGenesis([1n, 1n, 1n, 1n]);
    let seed = 7;
    const pick = (count: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * count);
    };
    const takeTransactions = (): Uint8Array[] => [toyTx("x".repeat(150_000))];
    this.net = new GossipNetwork({ state, keys, pick, node: { takeTransactions } });
    this.net.connectAll();
  }

  /** The lie reaches every node; one that disconnects the liar gets the next lie over a new connection. */
  tell(channel: number, sum: Sum): void {
    const bytes = ConsensusMessage.encode({ sum });
    const peer = `liar ${this.#connections}`;
    for (let i = 0; i < this.net.nodes.length; i++) {
      const { node, gossip } = this.net.node(i);
      if (gossip.peer(peer) === undefined) gossip.addPeer(peer, node.now.ms);
      const before = node.of("peer-error").length;
      const error = this.net.inject(i, peer, channel, bytes);
      const complaint = error ?? node.of("peer-error").at(before)?.error;
      if (complaint === undefined) continue;
      assert.ok(complaint instanceof WadiError, "a lie is answered by a typed error");
      this.disconnected.push(complaint);
      gossip.removePeer(peer);
      this.#connections++;
    }
  }

  /** Lies in every state that the nodes pass through on their way to this many blocks. */
  run(blocks: number, lie: (net: GossipNetwork) => void): void {
    this.net.start();
    for (let i = 0; this.net.nodes.some(({ node }) => node.chain.length < blocks); i++) {
      assert.ok(i < 600, "blocks are made in spite of the lies");
      lie(this.net);
      const turns = this.net.settle(60, true);
      if (turns < 60) this.net.tick();
    }
    const ids = this.net.nodes.map(({ node }) => node.chain.slice(0, blocks).map(({ blockId }) => blockId.hash));
    for (const list of ids) assert.deepEqual(list, ids[0]);
    for (const { node } of this.net.nodes) {
      for (const { seenCommit } of node.chain.slice(0, blocks)) assert.equal(seenCommit.round, 0, "no round was lost");
    }
  }
}

/** What is known in public of the block under proposal. */
function proposed({ nodes }: GossipNetwork): { proposal: Proposal; parts: Part[] } | undefined {
  for (const { node } of nodes) {
    const { proposal, proposalParts } = node.view;
    if (proposal === undefined || proposalParts === undefined) continue;
    const indexes = [...proposalParts.present().ones()];
    return { proposal, parts: indexes.map((index) => must(proposalParts.part(index))) };
  }
  return undefined;
}

function anyVotes({ nodes }: GossipNetwork): Vote[] {
  return nodes.flatMap(({ node: { view } }) => {
    const { prevotes, precommits } = {
      prevotes: view.votes.prevotes(view.round),
      precommits: view.votes.precommits(view.round),
    };
    return [prevotes, precommits].flatMap((set) =>
      [...must(set).bits().ones()].map((index) => must(must(set).get(index))),
    );
  });
}

test("lying parts: wrong bytes, proofs, places and totals are not stored and hold nobody up", () => {
  const stage = new Stage();
  stage.run(3, (net) => {
    const known = proposed(net);
    if (known === undefined) return;
    const { height, round } = known.proposal;
    const tell = (part: Part): void =>
      stage.tell(DATA_CHANNEL, { case: "blockPart", value: { height, round, part } satisfies BlockPart });
    for (const part of known.parts) {
      const { proof } = part;
      const bytes = part.bytes.slice();
      bytes[0] = must(bytes[0]) ^ 1;
      tell({ ...part, bytes });
      tell({ ...part, proof: { ...proof, aunts: proof.aunts.map((aunt) => aunt.map((byte) => byte ^ 1)) } });
      // A part that claims another place, and one of a set of another size (ASA-2025-002).
      const index = (part.index + 1) % proof.total;
      tell({ ...part, index, proof: { ...proof, index } });
      tell({ ...part, proof: { ...proof, index } });
      tell({ ...part, proof: { ...proof, total: proof.total + 1 } });
      tell({ ...part, index: 1000, proof: { ...proof, total: 1001, index: 1000 } });
    }
  });
  assert.ok(stage.disconnected.length > 0, "parts that contradict themselves end the connection");
});

test("lying proposals: other signatures, rounds, sizes and blocks change nothing", () => {
  const stage = new Stage();
  stage.run(3, (net) => {
    const { height, round } = must(net.nodes[0]).node.view;
    const blockId = blockIdNamed("lie", 2);
    const signature = new Uint8Array(64).fill(3);
    const base = { type: SignedMsgType.proposal, height, round, polRound: -1, blockId, timestamp: 1n, signature };
    const known = proposed(net)?.proposal ?? base;
    const huge = { ...blockId, partSetHeader: { ...blockId.partSetHeader, total: 0xffff_ffff } };
    for (const proposal of [
      base,
      { ...base, round: round + 1 },
      { ...base, polRound: round },
      { ...base, blockId: huge },
      { ...known, blockId },
      { ...known, polRound: 0 },
    ]) {
      stage.tell(DATA_CHANNEL, { case: "proposal", value: { proposal } });
    }
  });
});

test("lying votes: other signatures, validators and rounds, and any number of them, change nothing", () => {
  const stage = new Stage();
  stage.run(3, (net) => {
    for (const vote of anyVotes(net).slice(0, 4)) {
      const signature = vote.signature.map((byte) => byte ^ 1);
      const tell = (lie: Vote): void => stage.tell(VOTE_CHANNEL, { case: "vote", value: { vote: lie } });
      tell({ ...vote, signature });
      tell({ ...vote, blockId: blockIdNamed("lie") });
      tell({ ...vote, validatorIndex: 3 - vote.validatorIndex });
      tell({ ...vote, validatorIndex: 1_000_000 });
      tell({ ...vote, type: vote.type === prevote ? precommit : prevote });
      for (let round = 1; round < 6; round++) tell({ ...vote, round: vote.round + round * 100 });
    }
  });
  for (const { node } of stage.net.nodes) {
    assert.equal(node.of("conflicting-votes").length, 0, "nobody is accused by votes that he did not sign");
    for (let round = 2; round < 1000; round++) assert.equal(node.view.votes.prevotes(round), undefined);
  }
});

test("a peer that says it has everything only deprives itself", () => {
  const stage = new Stage();
  stage.run(3, (net) => {
    const { height, round, proposalParts } = must(net.nodes[1]).node.view;
    const all = { bits: 4, elems: [15n] };
    const value = { height, round, type: prevote, index: 2 };
    stage.tell(STATE_CHANNEL, {
      case: "newRoundStep",
      value: { height, round, step: 3, secondsSinceStartTime: 0n, lastCommitRound: height === 1 ? -1 : 0 },
    });
    stage.tell(STATE_CHANNEL, { case: "hasVote", value });
    const blockId = blockIdNamed("lie");
    for (const type of [prevote, precommit]) {
      stage.tell(VOTE_SET_BITS_CHANNEL, { case: "voteSetBits", value: { height, round, type, blockId, votes: all } });
    }
    stage.tell(DATA_CHANNEL, { case: "proposalPol", value: { height, proposalPolRound: 0, proposalPol: all } });
    if (proposalParts === undefined) return;
    const blockParts = { bits: proposalParts.header.total, elems: [(1n << BigInt(proposalParts.header.total)) - 1n] };
    const isCommit = true;
    stage.tell(STATE_CHANNEL, {
      case: "newValidBlock",
      value: { height, round, blockPartSetHeader: proposalParts.header, blockParts, isCommit },
    });
  });
  assert.deepEqual(stage.disconnected, []);
});

test("two different majorities claimed by one peer end the connection, and mislead nobody", () => {
  const stage = new Stage();
  stage.run(2, (net) => {
    const { height, round } = must(net.nodes[2]).node.view;
    for (const name of ["one lie", "another lie"]) {
      const blockId = blockIdNamed(name);
      stage.tell(STATE_CHANNEL, { case: "voteSetMaj23", value: { height, round, type: precommit, blockId } });
    }
  });
  assert.ok(stage.disconnected.length > 0);
  for (const { node } of stage.net.nodes) {
    for (const { blockId } of node.chain)
      assert.ok(!isZeroBlockId(blockId) && blockId.hash !== blockIdNamed("one lie").hash);
  }
});

test("messages above the limit of a channel end the connection on each channel", () => {
  const stage = new Stage();
  const { gossip } = stage.net.node(0);
  gossip.addPeer("liar", 0);
  for (const channel of [STATE_CHANNEL, DATA_CHANNEL, VOTE_CHANNEL, VOTE_SET_BITS_CHANNEL]) {
    const error = stage.net.inject(0, "liar", channel, new Uint8Array(MAX_CONSENSUS_MESSAGE_SIZE + 1));
    assert.match(String(error), /exceeds the size limit/);
  }
});
