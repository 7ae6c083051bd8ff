// Safety under any order of messages: three honest nodes and one validator that signs whatever it
// likes. Every message that was ever sent may arrive anywhere, at any time, any number of times.
import { addressOfKey, sameBlockId, type BlockId } from "@wadi/comet-types";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_COMMIT, makeBlock } from "../execution/create-block.ts";
import { NIL } from "./ballots.ts";
import { signedProposal, toyGenesis, toyTx, toyVote } from "./testing/toy-chain.ts";
import { ToyNode, blockInParts } from "./testing/toy-node.ts";
import type { RoundMessage } from "./types.ts";

const HONEST = [0, 1, 2];
const VILLAIN = 3;

class Soup {
  readonly nodes: readonly ToyNode[];
  readonly messages: RoundMessage[] = [];
  readonly ids: BlockId[] = [NIL];
  readonly #genesis = toyGenesis([1n, 1n, 1n, 1n]);

  constructor() {
    const { state, keys } = this.#genesis;
    this.nodes = HONEST.map((index) => {
      const onOwnMessage = (message: RoundMessage): void => this.#add(message);
      const takeTransactions = () => [toyTx(`by ${index}`)];
      return new ToyNode({ state, key: keys[index], onOwnMessage, takeTransactions });
    });
    for (const node of this.nodes) {
      node.start();
      node.fireTimer();
    }
  }

  #add(message: RoundMessage): void {
    this.messages.push(message);
    if (message.kind === "proposal") this.ids.push(message.proposal.blockId);
  }

  /** One turn of the schedule, decided by a number. */
  turn(dice: number): void {
    const node = this.nodes[dice % 3]!;
    const rest = Math.floor(dice / 3);
    const kind = rest % 16;
    const choice = Math.floor(rest / 16);
    if (kind === 0 && node.timer !== undefined) node.fireTimer();
    else if (kind === 1) this.#villainVotes(node, choice);
    else if (kind === 2) this.#villainProposes(node, choice);
    else if (this.messages.length > 0) node.receive(this.messages[choice % this.messages.length]!, `${choice % 5}`);
  }

  #villainVotes(node: ToyNode, choice: number): void {
    const blockId = this.ids[choice % this.ids.length]!;
    const { height, round, validators } = node.view;
    const type = choice % 2 === 0 ? "prevote" : "precommit";
    this.#add({
      kind: "vote",
      vote: toyVote(validators, VILLAIN, { type, height, round: round + (choice % 3), blockId }),
    });
  }

  #villainProposes(node: ToyNode, choice: number): void {
    const { keys } = this.#genesis;
    const proposerAddress = addressOfKey(keys[VILLAIN]!);
    const { height, round } = node.view;
    const lastCommit = node.chain.at(-1)?.seenCommit ?? EMPTY_COMMIT;
    const txs = [toyTx(`villain ${choice % 4}`)];
    const { parts, id: blockId } = blockInParts(
      makeBlock(node.state, { txs, evidence: [], lastCommit, proposerAddress }),
    );
    const polRound = (choice % 3) - 1;
    const unsigned = { type: 32, height, round, polRound, blockId, timestamp: 1n, signature: new Uint8Array(0) };
    this.#add({ kind: "proposal", proposal: signedProposal(keys[VILLAIN]!, unsigned) });
    this.#add({ kind: "block-part", part: { height, round, part: parts.part(0)! } });
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

  /** Everything arrives, again and again, and timers run out: now there must be progress. */
  calm(blocks: number): void {
    for (let i = 0; i < 40 * blocks; i++) {
      if (this.nodes.every((node) => node.chain.length >= blocks)) return;
      // What arrived too early is sent again until nothing new comes of it.
      for (let count = -1; count !== this.messages.length;) {
        count = this.messages.length;
        for (const message of this.messages.slice()) for (const node of this.nodes) node.receive(message, "all");
      }
      for (const node of this.nodes) if (node.timer !== undefined) node.fireTimer();
    }
    assert.fail("no progress");
  }
}

describe("rounds in any order of messages", () => {
  it("honest nodes agree, sign once, and get on when messages arrive", () => {
    const schedule = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(schedule, (turns) => {
        const soup = new Soup();
        for (const dice of turns) soup.turn(dice);
        const blocks = Math.max(...soup.nodes.map((node) => node.chain.length)) + 1;
        soup.calm(blocks);
        soup.checkAgreement();
        soup.checkSignatures();
        soup.checkOrder();
      }),
      { numRuns: 60 },
    );
  });
});
