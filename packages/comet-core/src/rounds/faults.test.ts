// Lies and floods that rounds must bear: published faults of CometBFT and their relatives.
import {
  ErrInvalid,
  ErrPartSetInvalidProof,
  ErrPartSetUnexpectedIndex,
  PartSet,
  blockIdOf,
  encodeBlock,
  type BlockId,
  type HexHash,
  type Part,
} from "@wadi/comet-types";
import { concatBytes, isError, utf8 } from "@wadi/util";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrUnwantedRound } from "./errors.ts";
import { validateRoundMessage } from "./messages.ts";
import { RoundStep } from "./step.ts";
import { NIL, Stage } from "./testing/stage.ts";
import type { RoundMessage } from "./types.ts";
import type { BlockInParts } from "./view.ts";

const partMessage = (part: Part, height = 1, round = 0): RoundMessage => ({
  kind: "block-part",
  part: { height, round, part },
});

const numberedId = (n: number): BlockId => {
  const hash = n.toString(16).padStart(64, "0") as HexHash;
  return { hash, partSetHeader: { total: 1, hash } };
};

/** The block in an encoding of the sender's own: an unknown field at the end changes the parts, not the hash. */
function inOtherEncoding({ block }: BlockInParts): BlockInParts {
  const parts = PartSet.fromData(concatBytes(encodeBlock(block), new Uint8Array([0x78, 0x01])));
  return { block, parts, id: blockIdOf(block, parts) };
}

describe("lying parts", () => {
  /** A stage that expects a block of two parts. */
  function expecting(): { stage: Stage; block: BlockInParts } {
    const stage = new Stage({ ours: 1 }).begin();
    const block = stage.block(0, "z".repeat(70_000));
    stage.node.receive(stage.proposal(0, block));
    return { stage, block };
  }

  it("ASA-2025-002: index and total must be those of the proof and of the header", () => {
    const { stage, block } = expecting();
    const [first, second] = [block.parts.part(0)!, block.parts.part(1)!];
    const lies: [Part, Parameters<typeof isError>[1]][] = [
      [{ ...first, index: 1 }, ErrPartSetInvalidProof],
      [{ ...second, index: 0 }, ErrPartSetInvalidProof],
      [{ ...first, proof: { ...first.proof, index: 1 } }, ErrPartSetInvalidProof],
      [{ ...first, proof: { ...first.proof, total: 3 } }, ErrPartSetInvalidProof],
      [{ ...first, index: 2 }, ErrPartSetUnexpectedIndex],
      [{ ...first, bytes: second.bytes }, ErrPartSetInvalidProof],
    ];
    for (const [part, kind] of lies) {
      stage.node.receive(partMessage(part));
      assert.ok(isError(stage.node.events("message-refused").at(-1)?.reason, kind), kind.text);
      assert.equal(stage.view.proposalParts?.count, 0);
    }
    assert.equal(stage.node.events("useful").length, 0);
    stage.sendParts(block);
    stage.voted("prevote", block.id);
  });

  it("a part's own rules disconnect its sender before the round state sees it", () => {
    const { block } = expecting();
    const [first, second] = [block.parts.part(0)!, block.parts.part(1)!];
    const lies: Part[] = [
      { ...first, index: 1 },
      { ...first, bytes: new Uint8Array(65_537) },
      { ...first, bytes: first.bytes.subarray(1) },
      { ...second, proof: { ...second.proof, total: -1 } },
    ];
    for (const part of lies) assert.throws(() => validateRoundMessage(partMessage(part)));
    assert.throws(
      () => validateRoundMessage(partMessage(first, -1)),
      (e) => isError(e, ErrInvalid),
    );
    validateRoundMessage(partMessage(first));
  });

  it("lies about another round's block are no reason for a complaint", () => {
    const { stage } = expecting();
    const other = stage.block(2, "q".repeat(70_000));
    stage.sendParts(other, 2);
    assert.equal(stage.node.events("message-refused").length, 0);
    assert.equal(stage.view.proposalParts?.count, 0);
  });

  it("parts that make no block leave us without one", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const { block } = stage.block(0, "block");
    const parts = PartSet.fromData(utf8("not a block at all"));
    const garbage = { block, parts, id: blockIdOf(block, parts) };
    stage.propose(0, garbage);
    assert.equal(stage.node.events("message-refused").length, 1);
    assert.equal(stage.view.proposalBlock, undefined);
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", NIL);
  });

  it("one block in two encodings: only the parts that two thirds voted for are locked and committed", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const ours = stage.block(0, "block");
    const theirs = inOtherEncoding(ours);
    assert.equal(ours.id.hash, theirs.id.hash);
    stage.propose(0, ours);
    stage.voted("prevote", ours.id);
    stage.prevotes(theirs.id, [0, 2, 3]);
    stage.lockedOn(-1);
    assert.deepEqual(stage.view.proposalParts?.header, theirs.id.partSetHeader);
    stage.precommits(theirs.id, [0, 2, 3]);
    assert.equal(stage.node.chain.length, 0);
    stage.sendParts(theirs);
    assert.deepEqual(stage.node.chain[0]?.blockId, theirs.id);
    assert.equal(stage.node.chain[0]?.parts.isComplete, true);
  });
});

describe("old and foreign messages", () => {
  it("proposals, parts, votes and claims of other heights leave no trace, not even in the log", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    const old = stage.block(0, "old");
    const messages: RoundMessage[] = [
      stage.proposal(0, old),
      ...stage.parts(old),
      { kind: "vote", vote: stage.vote("prevote", 1, id) },
      { kind: "vote", vote: stage.vote("precommit", 3, id) },
      { kind: "majority-claim", claim: { height: 1, round: 0, type: 1, blockId: id } },
    ];
    stage.prevotes(id, [1, 2, 3]);
    stage.precommits(id, [1, 2]);
    stage.timeout(RoundStep.newHeight);
    const before = stage.node.effects.length;
    for (let i = 0; i < 100; i++) for (const message of messages) stage.node.receive(message, `peer${i}`);
    assert.equal(stage.node.effects.length, before);
  });

  it("proposals of earlier rounds are ignored", () => {
    const stage = new Stage({ ours: 3 }).begin();
    const old = stage.proposal(0, stage.block(0, "old"));
    stage.precommits(NIL, [0, 1, 2]);
    stage.timeout(RoundStep.precommitWait);
    stage.node.receive(old);
    assert.equal(stage.view.proposal, undefined);
    assert.equal(stage.node.events("message-refused").length, 0);
  });

  it("only the first proposal of a round counts", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const [first, second] = [stage.block(0, "first"), stage.block(0, "second")];
    stage.node.receive(stage.proposal(0, first));
    stage.propose(0, second);
    assert.equal(stage.view.proposalBlock, undefined);
    stage.sendParts(first);
    stage.voted("prevote", first.id);
  });

  it("timeouts of the past do nothing", () => {
    const stage = new Stage().begin();
    stage.precommits(NIL, [1, 2, 3]);
    stage.timeout(RoundStep.precommitWait);
    const before = stage.node.effects.length;
    for (const step of [RoundStep.newHeight, RoundStep.propose, RoundStep.prevoteWait]) {
      stage.node.feed({ kind: "timeout", timeout: { durationMs: 0, height: 1, round: 0, step } });
    }
    stage.node.feed({ kind: "timeout", timeout: { durationMs: 0, height: 2, round: 0, step: RoundStep.newHeight } });
    assert.equal(stage.node.effects.length, before);
  });
});

describe("floods", () => {
  it("one peer opens at most two rounds ahead of ours, however many it sends votes for", () => {
    const stage = new Stage().begin();
    for (let round = 2; round < 200; round++) {
      stage.node.receive({ kind: "vote", vote: stage.vote("prevote", 1, NIL, round) }, "flood");
    }
    const rounds = Array.from({ length: 200 }, (_, r) => r).filter((r) => stage.view.votes.prevotes(r) !== undefined);
    assert.deepEqual(rounds, [0, 1, 2, 3]);
    const refusals = stage.node.events("message-refused");
    assert.equal(refusals.length, 196);
    assert.ok(refusals.every(({ reason }) => isError(reason, ErrUnwantedRound)));
  });

  it("what changes nothing does not fill the log", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const block = stage.block(0, "z".repeat(70_000));
    const vote = stage.vote("prevote", 0, NIL);
    const claim = { height: 1, round: 0, type: 1, blockId: block.id };
    const messages: RoundMessage[] = [
      stage.proposal(0, block),
      stage.parts(block)[0]!,
      { kind: "vote", vote },
      { kind: "vote", vote: { ...vote, signature: new Uint8Array(64) } },
      { kind: "majority-claim", claim },
    ];
    const logged = () => stage.node.of("write-ahead").filter(({ record }) => record.kind === "message");
    for (let i = 0; i < 50; i++) for (const message of messages) stage.node.receive(message, "flood");
    assert.deepEqual(
      logged().map(({ record }) => record.kind === "message" && record.message),
      [messages[0], messages[1], messages[2], messages[4]],
    );
  });

  it("forged votes open no rounds at all", () => {
    const stage = new Stage().begin();
    for (let peer = 0; peer < 100; peer++) {
      const vote = { ...stage.vote("prevote", 1, NIL, 2 + peer), signature: new Uint8Array(64) };
      stage.node.receive({ kind: "vote", vote }, `peer${peer}`);
    }
    for (let peer = 0; peer < 100; peer++) assert.equal(stage.view.votes.prevotes(2 + peer), undefined);
  });

  it("a validator that votes for a thousand blocks is kept, logged and reported once", () => {
    const stage = new Stage().begin();
    for (let i = 0; i < 1000; i++) {
      stage.node.receive({ kind: "vote", vote: stage.vote("prevote", 1, numberedId(i)) });
    }
    const prevotes = stage.view.votes.prevotes(0)!;
    assert.ok(prevotes.bitsFor(numberedId(0)));
    for (let i = 1; i < 1000; i++) assert.equal(prevotes.bitsFor(numberedId(i)), undefined);
    assert.equal(stage.node.of("conflicting-votes").length, 1);
    const logged = stage.node.of("write-ahead").flatMap(({ record }) => {
      const message = record.kind === "message" ? record.message : undefined;
      return message?.kind === "vote" && message.vote.validatorIndex === 1 ? [message.vote] : [];
    });
    assert.equal(logged.length, 2, "the pair that proves it");
    assert.equal(stage.node.of("broadcast").filter(({ message }) => message.kind === "has-vote").length, 2);
  });
});
