// What gossip costs with as many validators and peers as the Oasis network has. Signatures are not
// verified here.
import { benchLine, measure } from "@wadi/testing";
import { ConsensusMessage, SignedMsgType, type EngineVerifier } from "@wadi/comet-types";
import { VoteSet } from "../rounds/vote-set.ts";
import { toyGenesis, toyVote } from "../rounds/testing/toy-chain.ts";
import { ToyNode } from "../rounds/testing/toy-node.ts";
import type { HeightVotesView, RoundView, VoteSetView } from "../rounds/view.ts";
import { blockIdNamed } from "../testing/signers.ts";
import { ConsensusGossip } from "./consensus-gossip.ts";
import { STATE_CHANNEL } from "./messages.ts";
import { storedBlocks } from "./testing/gossip-network.ts";

const VALIDATORS = 100;
const PEERS = 40;
const verifier: EngineVerifier = { verify: () => true, verifyBatch: (signed) => signed.map(() => true) };

const { state, keys } = toyGenesis(Array.from({ length: VALIDATORS }, () => 1n));
const node = new ToyNode({ state, key: keys[0] });
const blockId = blockIdNamed("block");

/** All votes of round 0. */
function fullSet(type: "prevote" | "precommit"): VoteSetView {
  const { chainId, validators } = state;
  const set = new VoteSet({ chainId, height: 1, round: 0, type: SignedMsgType[type], validators, verifier });
  for (let i = 0; i < VALIDATORS; i++) set.add(toyVote(validators, i, { type, height: 1, round: 0, blockId }));
  return set;
}

const [prevotes, precommits] = [fullSet("prevote"), fullSet("precommit")];
const votes: HeightVotesView = {
  height: 1,
  prevotes: (round) => (round === 0 ? prevotes : undefined),
  precommits: (round) => (round === 0 ? precommits : undefined),
};

function gossipWith(view: RoundView): ConsensusGossip {
  let seed = 1;
  const pick = (count: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed % count;
  };
  const gossip = new ConsensusGossip({ view: () => view, blocks: storedBlocks([]), pick, initialHeight: 1 });
  const value = { height: 1, round: 0, step: 4, secondsSinceStartTime: 0n, lastCommitRound: -1 };
  const bytes = ConsensusMessage.encode({ sum: { case: "newRoundStep", value } });
  for (let peer = 0; peer < PEERS; peer++) {
    gossip.addPeer(`${peer}`, 0);
    gossip.receive(`${peer}`, STATE_CHANNEL, bytes);
  }
  return gossip;
}

function run(print: boolean): void {
  const view: RoundView = Object.create(node.view, { votes: { value: votes } }) as RoundView;
  const gossip = gossipWith(view);
  const line = (name: string, ran: string, count: number, body: () => void): void => {
    const { seconds } = measure(body);
    if (print) benchLine({ name: `comet-core/gossip/${name}`, unit: "us", value: (seconds * 1e6) / count, ran });
  };
  line("vote", `choosing one of ${2 * VALIDATORS} votes for one of ${PEERS} peers`, 2 * VALIDATORS * PEERS, () => {
    for (let peer = 0; peer < PEERS; peer++) {
      for (let out = gossip.nextVote(`${peer}`); out; out = gossip.nextVote(`${peer}`)) gossip.sent(`${peer}`, out);
    }
  });
  const rounds = 500;
  line("idle", "finding that a peer needs nothing", rounds * PEERS, () => {
    for (let i = 0; i < rounds; i++) {
      for (let peer = 0; peer < PEERS; peer++) {
        gossip.nextVote(`${peer}`);
        gossip.nextData(`${peer}`);
      }
    }
  });
  const value = { height: 1, round: 0, type: SignedMsgType.prevote, index: 7 };
  const bytes = ConsensusMessage.encode({ sum: { case: "hasVote", value } });
  const messages = 20_000;
  line("receive/has-vote", "decoding and noting what a peer has", messages, () => {
    for (let i = 0; i < messages; i++) gossip.receive("0", STATE_CHANNEL, bytes);
  });
}

run(false);
run(true);
