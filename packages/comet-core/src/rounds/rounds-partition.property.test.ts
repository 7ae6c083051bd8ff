// Safety of locks: in every round an adversary decides who hears whom, and the proposer of round 1
// tells everybody what helps to disagree. Compare `rounds.property.test.ts`, which has less of a plan.
import { SignedMsgType, addressOfKey, sameBlockId, type BlockId, type Vote } from "@wadi/comet-types";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_COMMIT, makeBlock } from "../execution/create-block.ts";
import { NIL } from "./ballots.ts";
import { RoundStep } from "./step.ts";
import { signedProposal, toyGenesis, toyTx, toyVote } from "./testing/toy-chain.ts";
import { ToyNode, blockInParts } from "./testing/toy-node.ts";
import type { RoundMessage } from "./types.ts";

type VoteKind = "prevote" | "precommit";

/** What one node hears in one phase: the first other honest node, the second, or both; and what the villain tells it. */
interface Hearing {
  readonly others: "first" | "second" | "both";
  readonly villain: "nil" | "block";
}

interface RoundPlan {
  readonly gotProposal: readonly boolean[];
  readonly prevotes: readonly Hearing[];
  readonly precommits: readonly Hearing[];
}

const VILLAIN = 1;
const HONEST = [0, 2, 3];

class Partition {
  readonly nodes: readonly ToyNode[];
  readonly #genesis = toyGenesis([1n, 1n, 1n, 1n]);
  readonly #sent: RoundMessage[][] = HONEST.map(() => []);

  constructor() {
    const { state, keys } = this.#genesis;
    this.nodes = HONEST.map((index, i) => {
      const onOwnMessage = (message: RoundMessage): void => void this.#sent[i]!.push(message);
      return new ToyNode({ state, key: keys[index], onOwnMessage, takeTransactions: () => [toyTx(`by ${index}`)] });
    });
    for (const node of this.nodes) {
      node.start();
      node.fireTimer();
    }
  }

  #isIn(node: ToyNode, round: number): boolean {
    return node.view.height === 1 && node.view.round === round;
  }

  #fire(round: number, step: RoundStep): void {
    for (const node of this.nodes) if (this.#isIn(node, round) && node.timer?.step === step) node.fireTimer();
  }

  round(round: number, plan: RoundPlan): void {
    const blockId = this.#propose(round, plan);
    this.#fire(round, RoundStep.propose);
    this.#vote(round, "prevote", plan.prevotes, blockId);
    this.#fire(round, RoundStep.prevoteWait);
    this.#vote(round, "precommit", plan.precommits, blockId);
    this.#fire(round, RoundStep.precommitWait);
  }

  /** The proposal reaches some; returns what it proposes. */
  #propose(round: number, { gotProposal }: RoundPlan): BlockId {
    const messages = round % 4 === VILLAIN ? this.#villainProposal(round) : this.#sent.flat().filter(isOfRound(round));
    for (const [i, node] of this.nodes.entries()) {
      if (gotProposal[i] === true) for (const message of messages) node.receive(message);
    }
    const proposal = messages.find((message) => message.kind === "proposal");
    return proposal?.kind === "proposal" ? proposal.proposal.blockId : NIL;
  }

  #villainProposal(round: number): RoundMessage[] {
    const { state, keys } = this.#genesis;
    const proposerAddress = addressOfKey(keys[VILLAIN]!);
    const content = { txs: [toyTx(`villain ${round}`)], evidence: [], lastCommit: EMPTY_COMMIT, proposerAddress };
    const { id: blockId, parts } = blockInParts(makeBlock(state, content));
    const type = SignedMsgType.proposal;
    const unsigned = { type, height: 1, round, polRound: -1, blockId, timestamp: 1n, signature: new Uint8Array(0) };
    return [
      { kind: "proposal", proposal: signedProposal(keys[VILLAIN]!, unsigned) },
      { kind: "block-part", part: { height: 1, round, part: parts.part(0)! } },
    ];
  }

  #vote(round: number, type: VoteKind, hearings: readonly Hearing[], blockId: BlockId): void {
    const votes = this.#sent.map((messages) => voteOf(messages, round, SignedMsgType[type]));
    for (const [i, node] of this.nodes.entries()) {
      if (!this.#isIn(node, round)) continue;
      const { others, villain } = hearings[i]!;
      const heard = [votes[(i + 1) % 3], votes[(i + 2) % 3]].filter((vote) => vote !== undefined);
      // Whoever has decided is silent; the other one is then heard in any case.
      const chosen = others === "both" || heard.length < 2 ? heard : [heard[others === "first" ? 0 : 1]!];
      const id = villain === "nil" ? NIL : blockId;
      const lie = toyVote(this.#genesis.state.validators, VILLAIN, { type, height: 1, round, blockId: id });
      for (const vote of [...chosen, lie]) node.receive({ kind: "vote", vote });
    }
  }
}

const isOfRound = (round: number) => (message: RoundMessage) =>
  (message.kind === "proposal" && message.proposal.round === round && message.proposal.height === 1) ||
  (message.kind === "block-part" && message.part.round === round && message.part.height === 1);

function voteOf(messages: readonly RoundMessage[], round: number, type: number): Vote | undefined {
  for (const message of messages) {
    if (message.kind !== "vote") continue;
    const { vote } = message;
    if (vote.height === 1 && vote.round === round && vote.type === type) return vote;
  }
  return undefined;
}

const hearing = fc.record<Hearing>({
  others: fc.constantFrom("first", "second", "both"),
  villain: fc.constantFrom("nil", "block"),
});
const three = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 3, maxLength: 3 });
const roundPlan = fc.record<RoundPlan>({
  gotProposal: three(fc.boolean()),
  prevotes: three(hearing),
  precommits: three(hearing),
});

describe("rounds in partitions", () => {
  it("no two honest nodes decide differently", () => {
    fc.assert(
      fc.property(fc.array(roundPlan, { minLength: 2, maxLength: 5 }), (plans) => {
        const partition = new Partition();
        for (const [round, plan] of plans.entries()) partition.round(round, plan);
        const decided = partition.nodes.flatMap(({ chain }) => chain.slice(0, 1).map(({ blockId }) => blockId));
        for (const id of decided) assert.ok(sameBlockId(id, decided[0]!), "different blocks");
      }),
      { numRuns: 150 },
    );
  });
});
