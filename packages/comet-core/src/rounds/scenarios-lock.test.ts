// Scenarios of locking, with the names and stories of consensus/state_test.go of the fork. We are
// validator 0; validator r proposes in round r.
import type { BlockId, HexHash } from "@wadi/comet-types";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoundStep } from "./step.ts";
import { NIL, Stage } from "./testing/stage.ts";

const others = [1, 2, 3];

/** A block id that nobody has seen. */
const otherThan = (id: BlockId): BlockId => ({
  ...id,
  hash: `${id.hash.startsWith("0") ? "1" : "0"}${id.hash.slice(1)}` as HexHash,
});

/** Round 0: our block gets all prevotes, we lock it, but the others do not commit it. */
function lockedInRoundZero(precommits: (stage: Stage, id: BlockId) => void): { stage: Stage; locked: BlockId } {
  const stage = new Stage().begin();
  const { id } = stage.proposed;
  stage.voted("prevote", id);
  stage.prevotes(id, others);
  stage.voted("precommit", id);
  stage.lockedOn(0, id);
  precommits(stage, id);
  stage.timeout(RoundStep.precommitWait);
  assert.equal(stage.view.round, 1);
  return { stage, locked: id };
}

describe("locking", () => {
  it("lock no POL: a lock holds while nobody proves another majority", () => {
    const stage = new Stage({ validators: 2 }).begin();
    const { id } = stage.proposed;
    const other = otherThan(id);
    stage.prevotes(id, [1]);
    stage.voted("precommit", id);
    stage.lockedOn(0, id);
    stage.precommits(other, [1]);
    stage.timeout(RoundStep.precommitWait);

    assert.equal(stage.view.round, 1);
    assert.equal(stage.view.proposalBlock, undefined);
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", id);
    stage.prevotes(other, [1]);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.lockedOn(0, id);
    stage.precommits(other, [1]);
    stage.timeout(RoundStep.precommitWait);

    assert.equal(stage.view.round, 2);
    assert.deepEqual(stage.proposed.id, id, "we propose what we are locked on");
    assert.equal(stage.view.proposal?.polRound, 0);
    stage.voted("prevote", id);
    stage.prevotes(other, [1]);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.precommits(other, [1]);
    stage.timeout(RoundStep.precommitWait);

    assert.equal(stage.view.round, 3);
    const block = stage.block(1, "another");
    stage.propose(1, block);
    stage.voted("prevote", id);
    stage.prevotes(block.id, [1]);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.lockedOn(0, id);
  });

  it("POL relock: two thirds for another block move the lock, and that block is committed", () => {
    const { stage, locked } = lockedInRoundZero((s) => s.precommits(NIL, others));
    const block = stage.block(1, "second");
    stage.propose(1, block);
    stage.voted("prevote", locked);
    stage.prevotes(block.id, others);
    stage.voted("precommit", block.id);
    stage.lockedOn(1, block.id);
    stage.precommits(block.id, [1, 2]);
    assert.deepEqual(stage.node.chain[0]?.blockId, block.id);
    assert.equal(stage.view.height, 2);
  });

  it("relock: two thirds for the locked block in a later round renew the lock", () => {
    const { stage, locked } = lockedInRoundZero((s) => s.precommits(NIL, others));
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", locked);
    // Without the proposal, prevotes alone only start the wait.
    stage.prevotes(locked, others);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", locked);
    stage.lockedOn(1, locked);
    assert.equal(stage.node.events("relock").length, 1);
  });

  it("POL unlock: two thirds for nil unlock", () => {
    const { stage, locked } = lockedInRoundZero((s, id) => {
      s.precommits(NIL, [1, 3]);
      s.precommits(id, [2]);
    });
    stage.propose(1, stage.block(1, "second"));
    stage.voted("prevote", locked);
    stage.prevotes(NIL, others);
    assert.equal(stage.node.events("unlock").length, 1);
    stage.voted("precommit", NIL);
    stage.lockedOn(-1);
    stage.precommits(NIL, [1, 2]);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 2);
  });

  it("POL unlock on unknown block: two thirds for a block we lack unlock, and the next one can be locked", () => {
    const { stage, locked } = lockedInRoundZero((s) => s.precommits(NIL, others));
    const second = stage.block(1, "second");
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", locked);
    stage.prevotes(second.id, others);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.lockedOn(-1);
    assert.deepEqual(stage.view.proposalParts?.header, second.id.partSetHeader, "its parts are collected");
    stage.propose(1, second);
    assert.deepEqual(stage.view.valid?.id, second.id);
    stage.precommits(NIL, others);
    stage.timeout(RoundStep.precommitWait);

    assert.equal(stage.view.round, 2);
    const third = stage.block(2, "third");
    stage.propose(2, third);
    stage.voted("prevote", third.id);
    stage.prevotes(third.id, others);
    stage.voted("precommit", third.id);
    stage.lockedOn(2, third.id);
  });

  it("POL safety 1: a polka older than the lock does not unlock", () => {
    const stage = new Stage().begin();
    const first = stage.proposed.id;
    const oldPrevotes = others.map((index) => stage.vote("prevote", index, first));
    stage.precommits(NIL, others);
    stage.voted("precommit", NIL);
    stage.timeout(RoundStep.precommitWait);

    const block = stage.block(1, "second");
    stage.propose(1, block);
    stage.lockedOn(-1);
    stage.voted("prevote", block.id);
    stage.prevotes(block.id, others);
    stage.voted("precommit", block.id);
    stage.lockedOn(1, block.id);
    stage.precommits(NIL, others);
    stage.timeout(RoundStep.precommitWait);

    stage.timeout(RoundStep.propose);
    stage.voted("prevote", block.id);
    const { round, step } = stage.view;
    for (const vote of oldPrevotes) stage.node.receive({ kind: "vote", vote });
    stage.lockedOn(1, block.id);
    assert.deepEqual([stage.view.round, stage.view.step], [round, step]);
  });

  it("POL safety 2: a proposal whose proof is older than the lock does not get our prevote", () => {
    const stage = new Stage().begin();
    const first = stage.proposed;
    const oldPrevotes = others.map((index) => stage.vote("prevote", index, first.id));
    stage.precommits(NIL, others);
    stage.timeout(RoundStep.precommitWait);

    const second = stage.block(1, "second");
    stage.propose(1, second);
    stage.prevotes(second.id, others);
    stage.voted("precommit", second.id);
    stage.lockedOn(1, second.id);
    stage.precommits(NIL, [1, 3]);
    stage.precommits(second.id, [2]);
    stage.timeout(RoundStep.precommitWait);

    stage.propose(2, first, { polRound: 0 });
    stage.hasNotVoted("prevote");
    for (const vote of oldPrevotes) stage.node.receive({ kind: "vote", vote });
    assert.equal(stage.node.events("unlock").length, 0);
    stage.voted("prevote", second.id);
  });

  it("propose valid block: what once had two thirds is proposed again, also without a lock", () => {
    const { stage, locked } = lockedInRoundZero((s) => s.precommits(NIL, others));
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", locked);
    stage.prevotes(NIL, others);
    stage.lockedOn(-1);
    stage.voted("precommit", NIL);
    stage.precommits(NIL, others, 3);
    assert.equal(stage.view.round, 3);
    stage.timeout(RoundStep.precommitWait);

    assert.equal(stage.view.round, 4);
    assert.deepEqual(stage.proposed.id, locked);
    assert.deepEqual(stage.view.valid?.id, locked);
    assert.equal(stage.view.proposal?.polRound, 0);
    assert.deepEqual(stage.view.proposal?.blockId, locked);
  });

  it("set valid block on delayed prevote", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    stage.prevotes(id, [1]);
    stage.prevotes(NIL, [2]);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.lockedOn(-1);
    assert.equal(stage.view.valid?.id, undefined);
    stage.prevotes(id, [3]);
    assert.equal(stage.node.events("valid-block").length, 1);
    assert.equal(stage.view.validRound, 0);
    assert.deepEqual(stage.view.valid?.id, id);
    stage.lockedOn(-1);
    stage.voted("precommit", NIL);
  });

  it("set valid block on delayed proposal", () => {
    const stage = new Stage({ ours: 1 }).begin();
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", NIL);
    const block = stage.block(0, "late");
    stage.prevotes(block.id, [0, 2, 3]);
    assert.equal(stage.node.events("valid-block").length, 1);
    stage.timeout(RoundStep.prevoteWait);
    stage.voted("precommit", NIL);
    stage.propose(0, block);
    assert.equal(stage.view.validRound, 0);
    assert.deepEqual(stage.view.valid?.id, block.id);
    stage.lockedOn(-1);
  });
});
