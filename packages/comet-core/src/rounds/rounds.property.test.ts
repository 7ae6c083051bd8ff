// Safety under any order of messages: three honest nodes and one validator that signs whatever it
// likes. Every message that was ever sent may arrive anywhere, at any time, any number of times.
import { SignedMsgType, addressOfKey, commitVote, isAbsent, sameBlockId, type Proposal } from "@wadi/comet-types";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_COMMIT, makeBlock } from "../execution/create-block.ts";
import { NIL } from "./ballots.ts";
import { RoundStep } from "./step.ts";
import { signedProposal, toyGenesis, toyTx, toyVote } from "./testing/toy-chain.ts";
import { ToyNode, blockInParts } from "./testing/toy-node.ts";
import type { RoundMessage } from "./types.ts";
import type { RoundView, VoteSetView } from "./view.ts";

type Turn = readonly [node: number, kind: number, choice: number];

const HONEST = [0, 1, 2];
const VILLAIN = 3;

class Soup {
  readonly nodes: readonly ToyNode[];
  /** All that honest nodes have sent, and what the villain proposed. */
  readonly messages: RoundMessage[] = [];
  /** What has not arrived yet, by node. */
  readonly #missing: RoundMessage[][] = HONEST.map(() => []);
  readonly #proposals: Proposal[] = [];
  readonly #genesis = toyGenesis([1n, 1n, 1n, 1n]);

  constructor() {
    const { state, keys } = this.#genesis;
    this.nodes = HONEST.map((index) => {
      const onOwnMessage = (message: RoundMessage): void => this.#send(message);
      const takeTransactions = () => [toyTx(`by ${index}`)];
      return new ToyNode({ state, key: keys[index], onOwnMessage, takeTransactions });
    });
    for (const node of this.nodes) {
      node.start();
      node.fireTimer();
    }
  }

  #send(message: RoundMessage): void {
    this.messages.push(message);
    for (const list of this.#missing) list.push(message);
    if (message.kind === "proposal") this.#proposals.push(message.proposal);
  }

  /** One turn of the schedule: which node, what kind of thing, and a choice among its cases. */
  turn([to, kind, choice]: Turn): void {
    const node = this.nodes[to]!;
    const missing = this.#missing[to]!;
    if (kind < 8 && missing.length > 0) {
      const [message] = missing.splice(choice % Math.min(missing.length, 6), 1);
      node.receive(message!, `${choice % 5}`);
    } else if (kind < 12) this.#villainVotes(node, choice);
    else if (kind === 12) this.#villainProposes(node, choice);
    else if (kind === 13 && this.messages.length > 0)
      node.receive(this.messages[choice % this.messages.length]!, "old");
    else if (kind > 13 && node.timer !== undefined) node.fireTimer();
  }

  /** A vote that might please the node, which only it gets. */
  #villainVotes(node: ToyNode, choice: number): void {
    const { height, round, step, validators } = node.view;
    const ids = this.#proposals.filter((p) => p.height === height).map((p) => p.blockId);
    const blockId = choice % 5 === 0 ? NIL : (ids[choice % ids.length] ?? NIL);
    const type = step < RoundStep.precommit && choice % 3 > 0 ? "prevote" : "precommit";
    const vote = toyVote(validators, VILLAIN, { type, height, round: round + (choice % 11 === 0 ? 1 : 0), blockId });
    node.receive({ kind: "vote", vote }, "villain");
  }

  #villainProposes(node: ToyNode, choice: number): void {
    const { keys } = this.#genesis;
    const proposerAddress = addressOfKey(keys[VILLAIN]!);
    const { height, round } = node.view;
    const lastCommit = node.chain.at(-1)?.seenCommit ?? EMPTY_COMMIT;
    const txs = [toyTx(`villain ${choice % 4}`)];
    const block = blockInParts(makeBlock(node.state, { txs, evidence: [], lastCommit, proposerAddress }));
    const unsigned = {
      type: SignedMsgType.proposal,
      height,
      round,
      polRound: (choice % 3) - 1,
      blockId: block.id,
      timestamp: 1n,
      signature: new Uint8Array(0),
    };
    this.#send({ kind: "proposal", proposal: signedProposal(keys[VILLAIN]!, unsigned) });
    this.#send({ kind: "block-part", part: { height, round, part: block.parts.part(0)! } });
  }

  /** No two honest nodes have decided differently. */
  checkAgreement(): void {
    const longest = this.nodes.reduce((a, b) => (a.chain.length >= b.chain.length ? a : b)).chain;
    for (const { chain } of this.nodes) {
      for (const [i, { blockId }] of chain.entries()) {
        assert.ok(sameBlockId(blockId, longest[i]!.blockId), `different blocks at height ${i + 1}`);
      }
    }
  }

  /** Nobody asked for two signatures at one height, round and kind. */
  checkSignatures(): void {
    for (const node of this.nodes) {
      const asked = [
        ...node.of("sign-vote").map(({ vote }) => `${vote.height}/${vote.round}/${vote.type}`),
        ...node.of("sign-proposal").map(({ proposal }) => `${proposal.height}/${proposal.round}/proposal`),
      ];
      assert.equal(new Set(asked).size, asked.length);
    }
  }

  /** The order of steps never goes back, and a lock is never of a round ahead. */
  checkOrder(): void {
    for (const node of this.nodes) {
      let last = 0;
      for (const { message } of node.of("broadcast")) {
        if (message.kind !== "new-round-step") continue;
        const { height, round, step } = message.value;
        const at = (height * 1000 + round) * 10 + step;
        assert.ok(at >= last, `from ${last} to ${at}`);
        last = at;
      }
      assert.ok(node.view.lockedRound <= node.view.round);
    }
  }

  /** The log of the current height, given to a node that cannot sign, makes the same round state again. */
  checkReplay(): void {
    for (const [i, node] of this.nodes.entries()) {
      const { state, chain } = node;
      const validator = addressOfKey(this.#genesis.keys[HONEST[i]!]!);
      const again = new ToyNode({ state, chain, config: { validator } });
      const sinceCommit = node.effects.slice(node.effects.findLastIndex(({ kind }) => kind === "commit-block") + 1);
      for (const effect of sinceCommit) {
        if (effect.kind !== "write-ahead") continue;
        const { record } = effect;
        if (record.kind === "message" || record.kind === "timeout") again.feed(record);
      }
      assert.deepEqual(summary(again.view), summary(node.view));
    }
  }

  /** Nodes that are behind get the stored commit of their height and its block, as gossip does; true if one was. */
  #catchUp(): boolean {
    const ahead = this.nodes.reduce((a, b) => (a.chain.length >= b.chain.length ? a : b));
    const behind = this.nodes.filter((node) => node.chain.length < ahead.chain.length);
    for (const node of behind) {
      const { seenCommit, parts } = ahead.chain[node.chain.length]!;
      const { height, round, blockId } = seenCommit;
      // Without the claim, a vote that the villain has contradicted before would not count.
      const claim = { height, round, type: SignedMsgType.precommit, blockId };
      node.receive({ kind: "majority-claim", claim }, `commit of ${height}`);
      for (const [index, sig] of seenCommit.signatures.entries()) {
        if (!isAbsent(sig)) node.receive({ kind: "vote", vote: commitVote(seenCommit, index) }, "ahead");
      }
      node.receive({ kind: "block-part", part: { height, round, part: parts.part(0)! } }, "ahead");
    }
    return behind.length > 0;
  }

  /** Votes that only one of us got, the villain's above all, reach the others at the same height, as gossip does. */
  #shareVotes(): void {
    for (const from of this.nodes) {
      const { height, votes, round: last } = from.view;
      for (const to of this.nodes) {
        if (to === from || to.view.height !== height) continue;
        for (let round = 0; round <= last; round++) {
          share(votes.prevotes(round), to);
          share(votes.precommits(round), to);
        }
      }
    }
  }

  /** Everything arrives at once, and timers run out in their order: now there must be progress. */
  calm(blocks: number): void {
    const latest = Math.max(...this.nodes.map((node) => node.now.ms));
    for (const node of this.nodes) node.advance(latest - node.now.ms);
    for (let timers = 0; timers < 100; timers++) {
      // What arrived too early is sent again until nothing new comes of it.
      for (let count = -1; count !== this.messages.length;) {
        count = this.messages.length;
        for (const message of this.messages.slice()) for (const node of this.nodes) node.receive(message, "all");
      }
      this.#shareVotes();
      if (this.#catchUp()) continue;
      if (this.nodes.every((node) => node.chain.length >= blocks)) return;
      const due = (node: ToyNode): number => node.timer?.atMs ?? Infinity;
      const next = this.nodes.reduce((a, b) => (due(a) <= due(b) ? a : b));
      const waitMs = Math.max(0, due(next) - next.now.ms);
      for (const node of this.nodes) node.advance(waitMs);
      next.fireTimer();
    }
    assert.fail("no progress");
  }
}

function share(set: VoteSetView | undefined, to: ToyNode): void {
  if (set === undefined) return;
  const { height, round, type, majority } = set;
  const peer = `votes of ${round}/${type}`;
  if (majority !== undefined) {
    to.receive({ kind: "majority-claim", claim: { height, round, type, blockId: majority } }, peer);
  }
  for (let i = 0; i < set.size; i++) {
    const vote = set.get(i);
    if (vote !== undefined) to.receive({ kind: "vote", vote }, peer);
  }
}

/** What a replay must bring back. */
function summary({
  height,
  round,
  step,
  proposal,
  locked,
  lockedRound,
  valid,
  validRound,
  commitRound,
  votes,
}: RoundView) {
  const bits = (set: VoteSetView | undefined) => [...(set?.bits().ones() ?? [])];
  const sets = [votes.prevotes(round), votes.precommits(round)];
  return {
    at: [height, round, step, lockedRound, validRound, commitRound],
    blocks: [proposal?.blockId, locked?.id, valid?.id, ...sets.map((set) => set?.majority)],
    votes: sets.map(bits),
  };
}

describe("rounds in any order of messages", () => {
  it("honest nodes agree, sign once, and get on when messages arrive", () => {
    const turn = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 14 }), fc.nat({ max: 1000 }));
    fc.assert(
      fc.property(fc.array(turn, { minLength: 50, maxLength: 500 }), (turns) => {
        const soup = new Soup();
        for (const item of turns) soup.turn(item);
        soup.checkAgreement();
        soup.checkReplay();
        const blocks = Math.max(...soup.nodes.map((node) => node.chain.length)) + 1;
        soup.calm(blocks);
        soup.checkAgreement();
        soup.checkSignatures();
        soup.checkOrder();
      }),
      { numRuns: 50 },
    );
  });
});
