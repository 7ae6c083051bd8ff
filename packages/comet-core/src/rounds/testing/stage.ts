// A stage for scenarios: one real node among validators whose every vote the test decides.
import { addressOfKey, sameBlockId, SignedMsgType, type BlockId, type EngineState, type Vote } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import assert from "node:assert/strict";
import { EMPTY_COMMIT, makeBlock } from "../../execution/create-block.ts";
import { NIL } from "../ballots.ts";
import { stepName, type RoundStep } from "../step.ts";
import type { RoundMessage } from "../types.ts";
import type { BlockInParts, RoundView } from "../view.ts";
import { CHAIN_ID, signedProposal, toyGenesis, toyTx, toyVote } from "./toy-chain.ts";
import { ToyNode, blockInParts, type ToyNodeOptions } from "./toy-node.ts";

export interface StageOptions extends Omit<Partial<ToyNodeOptions>, "state" | "key"> {
  readonly validators?: number;
  /** Which of them we are; number r is the proposer of round r. */
  readonly ours?: number;
  readonly maxBytes?: number;
  readonly adjust?: (state: EngineState) => EngineState;
}

type VoteKind = "prevote" | "precommit";

export class Stage {
  readonly node: ToyNode;
  readonly ours: number;
  readonly keys: readonly PublicKey[];

  constructor({ validators = 4, ours = 0, adjust = (state) => state, ...options }: StageOptions = {}) {
    const { state, keys } = toyGenesis(Array.from({ length: validators }, () => 1n));
    this.keys = keys;
    this.ours = ours;
    this.node = new ToyNode({ ...options, state: adjust(state), key: keys[ours] });
  }

  get view(): RoundView {
    return this.node.view;
  }

  /** Starts the node and its round 0. */
  begin(): this {
    this.node.start();
    this.node.fireTimer();
    return this;
  }

  /** A valid next block, different for each tag. */
  block(proposer: number, tag: string): BlockInParts {
    const { state } = this.node;
    const proposerAddress = addressOfKey(this.keys[proposer]!);
    const lastCommit = this.node.chain.at(-1)?.seenCommit ?? EMPTY_COMMIT;
    return blockInParts(makeBlock(state, { txs: [toyTx(tag)], evidence: [], lastCommit, proposerAddress }));
  }

  /** The proposal of a validator, without its block. */
  proposal(
    proposer: number,
    block: BlockInParts,
    { round = this.view.round, polRound = -1 }: { round?: number; polRound?: number } = {},
  ): RoundMessage {
    const { type } = { type: SignedMsgType.proposal };
    const { height } = this.view;
    const unsigned = { type, height, round, polRound, blockId: block.id, timestamp: 1n, signature: new Uint8Array(0) };
    return { kind: "proposal", proposal: signedProposal(this.keys[proposer]!, unsigned) };
  }

  /** All parts of a block. */
  parts(block: BlockInParts, round = this.view.round): RoundMessage[] {
    const { height } = this.view;
    return Array.from({ length: block.parts.header.total }, (_, i) => ({
      kind: "block-part",
      part: { height, round, part: block.parts.part(i)! },
    }));
  }

  /** A proposal arrives with its block. */
  propose(proposer: number, block: BlockInParts, options: { round?: number; polRound?: number } = {}): void {
    this.node.receive(this.proposal(proposer, block, options));
    this.sendParts(block, options.round);
  }

  sendParts(block: BlockInParts, round = this.view.round): void {
    for (const part of this.parts(block, round)) this.node.receive(part);
  }

  vote(type: VoteKind, index: number, blockId: BlockId, round = this.view.round): Vote {
    return toyVote(this.view.validators, index, { type, height: this.view.height, round, blockId });
  }

  /** Votes of the others arrive, by default of this round. */
  prevotes(blockId: BlockId, indexes: readonly number[], round = this.view.round): void {
    this.#votes("prevote", blockId, indexes, round);
  }

  precommits(blockId: BlockId, indexes: readonly number[], round = this.view.round): void {
    this.#votes("precommit", blockId, indexes, round);
  }

  #votes(type: VoteKind, blockId: BlockId, indexes: readonly number[], round: number): void {
    const votes = indexes.map((index) => this.vote(type, index, blockId, round));
    for (const vote of votes) this.node.receive({ kind: "vote", vote }, `peer of ${vote.validatorIndex}`);
  }

  /** The timer runs out, which must be for this step of the current round. */
  timeout(step: RoundStep): void {
    const { timer } = this.node;
    assert.ok(timer, "a timeout is scheduled");
    assert.equal(stepName(timer.step), stepName(step));
    assert.deepEqual([timer.height, timer.round], [this.view.height, this.view.round]);
    this.node.fireTimer();
  }

  /** Our own vote must be for this block. */
  voted(type: VoteKind, blockId: BlockId, round = this.view.round): void {
    const { votes } = this.view;
    const set = type === "prevote" ? votes.prevotes(round) : votes.precommits(round);
    const vote = set?.get(this.ours);
    assert.ok(vote, `we have sent our ${type} of round ${round}`);
    assert.deepEqual(vote.blockId, blockId, `our ${type} of round ${round}`);
  }

  /** We have not voted yet. */
  hasNotVoted(type: VoteKind, round = this.view.round): void {
    const { votes } = this.view;
    const set = type === "prevote" ? votes.prevotes(round) : votes.precommits(round);
    assert.equal(set?.get(this.ours), undefined, `no ${type} of round ${round} yet`);
  }

  /** Our lock must be on this block since this round. */
  lockedOn(round: number, blockId: BlockId = NIL): void {
    assert.equal(this.view.lockedRound, round);
    if (round < 0) assert.equal(this.view.locked, undefined);
    else assert.ok(this.view.locked !== undefined && sameBlockId(this.view.locked.id, blockId), "locked block");
  }

  /** The block under proposal, which must be complete. */
  get proposed(): BlockInParts {
    const { proposalBlock, proposalParts } = this.view;
    assert.ok(proposalBlock !== undefined && proposalParts !== undefined, "the proposal is complete");
    return blockInParts(proposalBlock);
  }
}

export { CHAIN_ID, NIL };
