// Scenarios with the names and stories of consensus/state_test.go and mempool_test.go of the fork.
// We are validator 0 unless said otherwise; validator r proposes in round r.
import { addressOfKey, type HexHash } from "@wadi/comet-types";
import { WadiError, isError } from "@wadi/util";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ErrConsensusFailure,
  ErrInvalidProposalPolRound,
  ErrInvalidProposalSignature,
  ErrProposalTooBig,
  ErrProposalTooManyParts,
} from "./errors.ts";
import { RoundStep } from "./step.ts";
import { NIL, Stage } from "./testing/stage.ts";
import { TOY_PARAMS, toyGenesis, toyTx } from "./testing/toy-chain.ts";
import { ToyNode, blockInParts } from "./testing/toy-node.ts";

const others = [1, 2, 3];
const withMaxBytes = (maxBytes: number) => ({
  adjust: (state: ReturnType<typeof toyGenesis>["state"]) => ({
    ...state,
    consensusParams: { ...TOY_PARAMS, block: { ...TOY_PARAMS.block, maxBytes } },
  }),
});

describe("proposer", () => {
  it("selection: turns follow the rounds", () => {
    const stage = new Stage({ ours: 3 }).begin();
    for (let round = 0; round < 3; round++) {
      assert.equal(stage.view.validators.proposer()?.address, addressOfKey(stage.keys[round]!));
      stage.precommits(NIL, [0, 1, 2]);
      stage.timeout(RoundStep.precommitWait);
    }
    assert.ok(stage.view.proposalBlock, "round 3 is our turn");
  });

  it("enter propose without a key: nothing is proposed", () => {
    const { state } = toyGenesis([1n]);
    const node = new ToyNode({ state });
    node.start();
    node.fireTimer();
    assert.equal(node.view.proposal, undefined);
    assert.equal(node.fireTimer().step, RoundStep.propose);
    assert.equal(node.view.step, RoundStep.prevote);
    assert.equal(node.of("sign-vote").length, 0);
  });

  it("enter propose with a key: the block is proposed and prevoted before any timeout", () => {
    const stage = new Stage({ validators: 2 }).begin();
    assert.ok(stage.view.proposal);
    stage.voted("prevote", stage.proposed.id);
    assert.equal(stage.node.events("timeout").filter(({ step }) => step === RoundStep.propose).length, 0);
  });
});

describe("proposals", () => {
  it("bad proposal: a block of another app hash gets nil", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const { block } = stage.block(0, "bad");
    const bad = blockInParts({ ...block, header: { ...block.header, appHash: "0".repeat(64) as HexHash } });
    stage.propose(0, bad);
    assert.equal(stage.node.events("proposal-refused").length, 1);
    stage.voted("prevote", NIL);
    stage.prevotes(NIL, [0, 2, 3]);
    stage.voted("precommit", NIL);
  });

  it("process proposal: what the application refuses gets nil", () => {
    for (const accepts of [true, false]) {
      const stage = new Stage({ ours: 1, processProposal: () => accepts }).begin();
      const block = stage.block(0, "block");
      stage.propose(0, block);
      stage.voted("prevote", accepts ? block.id : NIL);
    }
  });

  it("refuses a proposal by somebody else, of a wrong proof-of-lock round, with too many parts", () => {
    const stage = new Stage({ ours: 1, ...withMaxBytes(100_000) }).begin();
    const block = stage.block(0, "block");
    const tooMany = { ...block, id: { ...block.id, partSetHeader: { ...block.id.partSetHeader, total: 3 } } };
    const cases = [
      [stage.proposal(2, block), ErrInvalidProposalSignature],
      [stage.proposal(0, block, { polRound: 0 }), ErrInvalidProposalPolRound],
      [stage.proposal(0, block, { polRound: -2 }), ErrInvalidProposalPolRound],
      [stage.proposal(0, tooMany), ErrProposalTooManyParts],
    ] as const;
    for (const [message, kind] of cases) {
      stage.node.receive(message);
      assert.ok(isError(stage.node.events("message-refused").at(-1)?.reason, kind), kind.text);
      assert.equal(stage.view.proposal, undefined);
    }
    stage.propose(0, block);
    stage.voted("prevote", block.id);
  });

  it("oversized block: at the limit it gets our vote, above it nil", () => {
    for (const excess of [0, 1]) {
      const size = new Stage().block(0, "x".repeat(500)).parts.byteSize;
      const stage = new Stage({ ours: 1, ...withMaxBytes(size - excess) }).begin();
      const block = stage.block(0, "x".repeat(500));
      assert.equal(block.parts.byteSize, size);
      stage.propose(0, block);
      if (excess > 0) {
        assert.ok(isError(stage.node.events("message-refused")[0]?.reason, ErrProposalTooBig));
        stage.timeout(RoundStep.propose);
      }
      stage.voted("prevote", excess > 0 ? NIL : block.id);
      // Even two thirds do not make us take it.
      stage.prevotes(block.id, [0, 2, 3]);
      if (excess > 0) stage.timeout(RoundStep.prevoteWait);
      stage.voted("precommit", excess > 0 ? NIL : block.id);
    }
  });

  it("outputs block parts stats: each part is useful once", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const block = stage.block(0, "y".repeat(70_000));
    const useful = () => stage.node.events("useful").filter(({ what }) => what === "block-part");
    const [first] = stage.parts(block);
    stage.node.receive(first!);
    assert.equal(useful().length, 0, "parts without a proposal are not expected");
    stage.node.receive(stage.proposal(0, block));
    stage.node.receive(first!, "peer1");
    stage.node.receive(first!, "peer2");
    for (const round of [1, 2]) stage.node.receive(stage.parts(block, round)[0]!);
    assert.deepEqual(useful(), [{ kind: "useful", peer: "peer1", what: "block-part" }]);
    stage.node.receive(stage.parts(block, 5)[1]!);
    assert.ok(stage.view.proposalBlock, "a part sent for another round completes the block");
  });
});

describe("rounds", () => {
  it("full round 1: one validator alone", () => {
    const { state, keys } = toyGenesis([1n]);
    const node = new ToyNode({ state, key: keys[0] });
    node.start();
    node.fireTimer();
    assert.equal(node.view.height, 2);
    assert.deepEqual(node.view.lastCommit?.majority, node.chain[0]?.blockId);
    assert.equal(node.view.lastCommit?.hasAll(), true);
  });

  it("full round nil: without a proposal all is nil", () => {
    const stage = new Stage({ ours: 1 }).begin();
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", NIL);
    stage.prevotes(NIL, [0, 2]);
    stage.voted("precommit", NIL);
    stage.lockedOn(-1);
  });

  it("full round 2: waits for the other validator's votes", () => {
    const stage = new Stage({ validators: 2 }).begin();
    const { id } = stage.proposed;
    stage.hasNotVoted("precommit");
    stage.prevotes(id, [1]);
    stage.voted("precommit", id);
    stage.lockedOn(0, id);
    assert.equal(stage.node.chain.length, 0);
    stage.precommits(id, [1]);
    assert.deepEqual(stage.node.chain[0]?.blockId, id);
  });

  it("waiting timeout on nil polka: nil precommits start the wait, not the next round", () => {
    const stage = new Stage().begin();
    stage.precommits(NIL, others);
    assert.equal(stage.view.round, 0);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 1);
  });

  it("waiting timeout propose on new round: prevotes of a later round take us there, but not to a vote", () => {
    const stage = new Stage().begin();
    stage.prevotes(NIL, others, 1);
    assert.equal(stage.view.round, 1);
    assert.equal(stage.view.step, RoundStep.propose);
    stage.hasNotVoted("prevote");
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", NIL);
  });

  it("round skip on nil polka from higher round", () => {
    const stage = new Stage().begin();
    stage.precommits(NIL, others, 1);
    assert.equal(stage.view.round, 1);
    stage.voted("precommit", NIL);
    stage.lockedOn(-1);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 2);
  });

  it("round skip needs more than two thirds", () => {
    const stage = new Stage().begin();
    stage.prevotes(NIL, [1, 2], 1);
    assert.equal(stage.view.round, 0);
    stage.precommits(NIL, [1, 2], 1);
    assert.equal(stage.view.round, 0);
  });

  it("wait timeout propose on nil polka for the current round", () => {
    const stage = new Stage({ ours: 1 }).begin();
    stage.prevotes(NIL, [0, 2, 3]);
    stage.hasNotVoted("prevote");
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", NIL);
  });

  it("timeouts grow with the round", () => {
    const stage = new Stage({ ours: 3 }).begin();
    for (const [round, proposer] of [0, 1, 2].entries()) {
      assert.equal(stage.node.timer?.durationMs, 3000 + 500 * round);
      stage.timeout(RoundStep.propose);
      stage.prevotes(NIL, [proposer]);
      stage.prevotes({ ...stage.block(0, "x").id }, [(proposer + 1) % 3]);
      assert.equal(stage.node.timer?.durationMs, 1000 + 500 * round);
      stage.timeout(RoundStep.prevoteWait);
      stage.precommits(NIL, [0, 1, 2]);
      assert.equal(stage.node.timer?.durationMs, 1000 + 500 * round);
      stage.timeout(RoundStep.precommitWait);
    }
  });
});

describe("commit", () => {
  it("emit new valid block event on commit without block", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const block = stage.block(0, "block");
    stage.precommits(block.id, [0, 2, 3]);
    assert.equal(stage.view.step, RoundStep.commit);
    assert.equal(stage.view.proposalBlock, undefined);
    assert.deepEqual(stage.view.proposalParts?.header, block.id.partSetHeader);
    const announced = stage.node.of("broadcast").findLast(({ message }) => message.kind === "new-valid-block");
    assert.ok(announced?.message.kind === "new-valid-block" && announced.message.value.isCommit);
    stage.sendParts(block);
    assert.equal(stage.view.height, 2);
  });

  it("commit from previous round", () => {
    const stage = new Stage({ ours: 2 }).begin();
    const block = stage.block(0, "block");
    stage.precommits(NIL, [1]);
    stage.precommits(block.id, [0, 3]);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 1);
    stage.prevotes(NIL, [0, 1, 3]);
    stage.precommits(block.id, [1], 0);
    assert.equal(stage.view.step, RoundStep.propose, "a second vote for another block does not count");
    const fresh = new Stage({ ours: 2 }).begin();
    fresh.precommits(block.id, [0, 3]);
    fresh.prevotes(NIL, [0, 1, 3], 1);
    assert.equal(fresh.view.round, 1);
    fresh.precommits(block.id, [1], 0);
    assert.equal(fresh.view.step, RoundStep.commit);
    assert.equal(fresh.view.commitRound, 0);
    assert.equal(fresh.view.round, 1);
    fresh.sendParts(block);
    assert.deepEqual(fresh.node.chain[0]?.blockId, block.id);
    assert.equal(fresh.node.chain[0]?.seenCommit.round, 0);
    assert.deepEqual([fresh.view.height, fresh.view.round], [2, 0]);
  });

  it("halt 1: a last precommit that comes after the round commits what we are locked on", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    stage.precommits(NIL, [1]);
    stage.precommits(id, [2]);
    const late = stage.vote("precommit", 3, id);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 1);
    stage.timeout(RoundStep.propose);
    stage.voted("prevote", id);
    stage.node.receive({ kind: "vote", vote: late });
    assert.deepEqual(stage.node.chain[0]?.blockId, id);
    assert.equal(stage.view.height, 2);
  });

  it("start next height correctly after timeout, reset timeout precommit upon new height", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    stage.precommits(NIL, [1]);
    stage.precommits(id, [2]);
    stage.timeout(RoundStep.precommitWait);
    stage.precommits(id, [3], 0);
    assert.equal(stage.view.height, 2);
    assert.equal(stage.node.timer?.step, RoundStep.newHeight);
    assert.equal(stage.node.timer?.durationMs, 1000, "timeout_commit after the commit");
    stage.timeout(RoundStep.newHeight);
    assert.equal(stage.view.step, RoundStep.propose);
    // The new height has its own precommit wait.
    stage.precommits(NIL, others);
    assert.equal(stage.node.timer?.step, RoundStep.precommitWait);
  });

  it("a proposal may come while the height waits for its start", () => {
    const stage = new Stage({ ours: 0 }).begin();
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    stage.precommits(id, [1, 2]);
    assert.equal(stage.view.height, 2);
    const next = stage.block(1, "next");
    stage.propose(1, next);
    stage.voted("prevote", next.id);
    assert.equal(stage.view.step, RoundStep.prevote);
  });

  it("late precommits join the last commit until the round starts", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    const late = stage.vote("precommit", 3, id);
    stage.precommits(id, [1, 2]);
    assert.equal(stage.view.lastCommit?.hasAll(), false);
    assert.equal(stage.node.chain[0]?.seenCommit.signatures[3]?.signature.length, 0);
    stage.node.receive({ kind: "vote", vote: late });
    assert.equal(stage.view.lastCommit?.hasAll(), true);
    assert.equal(stage.view.step, RoundStep.newHeight);
    const tooLate = new Stage().begin();
    tooLate.prevotes(tooLate.proposed.id, others);
    tooLate.precommits(tooLate.proposed.id, [1, 2]);
    tooLate.timeout(RoundStep.newHeight);
    tooLate.node.receive({ kind: "vote", vote: late });
    assert.equal(tooLate.view.lastCommit?.hasAll(), false);
  });

  it("skip timeout commit: the next round starts with the last precommit", () => {
    const stage = new Stage({ config: { skipTimeoutCommit: true } }).begin();
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    const late = stage.vote("precommit", 3, id);
    stage.precommits(id, [1, 2]);
    assert.equal(stage.view.step, RoundStep.newHeight);
    stage.node.receive({ kind: "vote", vote: late });
    assert.deepEqual([stage.view.height, stage.view.step], [2, RoundStep.propose]);
  });

  it("a block that two thirds commit but that is invalid stops the machine", () => {
    const stage = new Stage({ ours: 1 }).begin();
    const { block } = stage.block(0, "bad");
    const bad = blockInParts({ ...block, header: { ...block.header, appHash: "0".repeat(64) as HexHash } });
    stage.precommits(bad.id, [0, 2, 3]);
    assert.throws(
      () => stage.sendParts(bad),
      (e) => isError(e, ErrConsensusFailure),
    );
    assert.equal(stage.node.isStopped, true);
    const effects = stage.node.effects.length;
    stage.prevotes(NIL, [0]);
    assert.equal(stage.node.effects.length, effects, "a stopped machine does nothing");
  });

  it("a failing application stops the machine", () => {
    const failure = new WadiError(ErrConsensusFailure, { context: "disk full" });
    const processProposal = (): boolean => {
      throw failure;
    };
    const stage = new Stage({ ours: 1, processProposal }).begin();
    assert.throws(() => stage.propose(0, stage.block(0, "block")), failure);
    assert.equal(stage.node.of("sign-vote").length, 0);
  });
});

describe("votes", () => {
  it("vote time: after the time of the block that is locked or proposed", () => {
    const stage = new Stage({ ours: 1 });
    const early = stage.node.now.time - 10_000_000_000n;
    stage.node.now = { time: early, ms: 0 };
    stage.begin();
    const block = stage.block(0, "block");
    stage.propose(0, block);
    const [prevote] = stage.node.of("sign-vote");
    assert.equal(prevote?.vote.timestamp, block.block.header.time + 1_000_000n);
    stage.node.now = { time: block.block.header.time + 5_000_000_000n, ms: 5000 };
    stage.prevotes(block.id, [0, 2]);
    assert.equal(stage.node.of("sign-vote")[1]?.vote.timestamp, block.block.header.time + 5_000_000_000n);
  });

  it("slashing prevotes, slashing precommits: conflicting votes are reported with both votes", () => {
    for (const type of ["prevote", "precommit"] as const) {
      const stage = new Stage({ validators: 2 }).begin();
      const { id } = stage.proposed;
      const other = { ...id, hash: "0".repeat(64) as HexHash };
      const first = stage.vote(type, 1, other);
      const second = stage.vote(type, 1, id);
      for (const vote of [first, second, second]) stage.node.receive({ kind: "vote", vote });
      const reports = stage.node.of("conflicting-votes");
      assert.deepEqual([reports[0]?.a, reports[0]?.b], [first, second]);
    }
  });

  it("a conflict under our own key is not reported as evidence", () => {
    const stage = new Stage().begin();
    const vote = stage.vote("prevote", 0, NIL);
    stage.node.receive({ kind: "vote", vote });
    assert.equal(stage.node.of("conflicting-votes").length, 0);
    assert.deepEqual(stage.node.events("own-conflict")[0]?.b, vote);
  });

  it("a second claim of a peer disconnects it", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    const claim = { height: 1, round: 0, type: 1, blockId: id };
    stage.node.receive({ kind: "majority-claim", claim }, "liar");
    stage.node.receive({ kind: "majority-claim", claim }, "liar");
    assert.equal(stage.node.of("peer-error").length, 0);
    stage.node.receive({ kind: "majority-claim", claim: { ...claim, blockId: NIL } }, "liar");
    assert.equal(stage.node.of("peer-error")[0]?.peer, "liar");
  });

  it("outputs vote stats: each vote is useful once", () => {
    const stage = new Stage({ validators: 2 }).begin();
    const vote = stage.vote("precommit", 1, NIL);
    stage.node.receive({ kind: "vote", vote }, "peer1");
    stage.node.receive({ kind: "vote", vote }, "peer2");
    stage.node.receive({ kind: "vote", vote: { ...vote, height: 2 } }, "peer1");
    assert.deepEqual(stage.node.events("useful"), [{ kind: "useful", peer: "peer1", what: "vote" }]);
  });
});

describe("waiting for transactions", () => {
  /** Height 2 of a chain whose first block was empty, so that no proof block is needed. */
  function atHeightTwo(config: { createEmptyBlocks?: boolean; emptyBlocksIntervalMs?: number }) {
    const { state, keys } = toyGenesis([1n]);
    const waiting: Uint8Array[] = [];
    const node = new ToyNode({ state, key: keys[0], config, takeTransactions: () => waiting.splice(0) });
    node.start();
    node.fireTimer();
    assert.equal(node.view.height, 2);
    return { node, waiting };
  }

  it("no progress until txs available", () => {
    const { node, waiting } = atHeightTwo({ createEmptyBlocks: false });
    node.fireTimer();
    assert.deepEqual([node.view.height, node.view.step], [2, RoundStep.newRound]);
    assert.equal(node.timer, undefined);
    waiting.push(toyTx("a"));
    node.feed({ kind: "txs-available" });
    assert.equal(node.view.height, 3);
    // The transaction has changed the app hash: one more block, a proof block, comes at once.
    node.fireTimer();
    assert.equal(node.view.height, 4);
    node.fireTimer();
    assert.equal(node.view.height, 4);
    assert.equal(node.view.step, RoundStep.newRound);
  });

  it("progress after create empty blocks interval", () => {
    const { node } = atHeightTwo({ emptyBlocksIntervalMs: 60_000 });
    node.fireTimer();
    assert.equal(node.view.step, RoundStep.newRound);
    assert.equal(node.timer?.durationMs, 60_000);
    node.fireTimer();
    assert.equal(node.view.height, 3);
  });

  it("transactions during the commit timeout start the round right after it", () => {
    const { node, waiting } = atHeightTwo({ createEmptyBlocks: false });
    waiting.push(toyTx("a"));
    node.feed({ kind: "txs-available" });
    assert.equal(node.view.step, RoundStep.newHeight);
    assert.equal(node.timer?.step, RoundStep.newRound);
    assert.equal(node.timer?.durationMs, 1001);
    node.fireTimer();
    assert.equal(node.view.height, 3);
    assert.equal(node.chain[1]?.block.txs.length, 1);
  });

  it("progress in higher round: only round 0 waits", () => {
    const stage = new Stage({ config: { createEmptyBlocks: false } }).begin();
    assert.equal(stage.view.step, RoundStep.prevote, "the first block is a proof block");
    const { id } = stage.proposed;
    stage.prevotes(id, others);
    stage.precommits(id, others);
    stage.timeout(RoundStep.newHeight);
    assert.equal(stage.view.step, RoundStep.newRound);
    stage.precommits(NIL, others, 0);
    stage.timeout(RoundStep.precommitWait);
    assert.equal(stage.view.round, 1);
    assert.equal(stage.view.step, RoundStep.propose);
  });

  it("does not care about transactions where empty blocks are made anyway", () => {
    const stage = new Stage({ ours: 1 });
    stage.node.start();
    const before = stage.node.effects.length;
    stage.node.feed({ kind: "txs-available" });
    assert.equal(stage.node.effects.length, before);
  });
});

describe("start", () => {
  it("takes the last commit from the stored one", () => {
    const stage = new Stage({ validators: 2 }).begin();
    const { id } = stage.proposed;
    stage.prevotes(id, [1]);
    stage.precommits(id, [1]);
    const { chain, state: after } = stage.node;
    const restarted = new ToyNode({ state: after, key: stage.keys[0], chain });
    assert.equal(restarted.view.height, 2);
    assert.deepEqual(restarted.view.lastCommit?.majority, id);
    const [stored] = chain;
    const damaged = { ...stored!, seenCommit: { ...stored!.seenCommit, round: 1 } };
    for (const bad of [[], [damaged]]) {
      assert.throws(
        () => new ToyNode({ state: after, key: stage.keys[0], chain: bad }),
        (e) => isError(e, ErrConsensusFailure),
      );
    }
  });
});
