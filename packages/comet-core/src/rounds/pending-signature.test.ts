import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pendingSignature } from "./pending-signature.ts";
import { NIL, Stage } from "./testing/stage.ts";
import { ToyVerifier } from "./testing/toy-chain.ts";
import type { RoundMessage } from "./types.ts";

/** What the verifier was asked for while the message was handled. */
function asked(stage: Stage, message: RoundMessage): number {
  const { verifier } = stage.node;
  assert.ok(verifier instanceof ToyVerifier);
  const before = verifier.calls;
  stage.node.receive(message);
  return verifier.calls - before;
}

describe("pendingSignature", () => {
  it("names the signature that handling the message then verifies", () => {
    const stage = new Stage({ ours: 3 }).begin();
    const block = stage.block(0, "block");
    const vote = (type: "prevote" | "precommit", index: number, round = 0): RoundMessage => ({
      kind: "vote",
      vote: stage.vote(type, index, NIL, round),
    });
    const prevote = vote("prevote", 0);
    const moved = { kind: "vote", vote: { ...stage.vote("prevote", 1, NIL), validatorIndex: 2 } } as const;
    const outside = { kind: "vote", vote: { ...stage.vote("prevote", 1, NIL), validatorIndex: 9 } } as const;
    const cases: [RoundMessage, boolean][] = [
      [stage.proposal(0, block), true],
      [stage.proposal(0, block), false],
      [stage.proposal(1, block, { round: 1 }), false],
      [stage.parts(block)[0]!, false],
      [prevote, true],
      [prevote, false],
      [vote("precommit", 0), true],
      [vote("precommit", 1, 7), true],
      [moved, false],
      [outside, false],
    ];
    for (const [i, [message, isPending]] of cases.entries()) {
      const pending = pendingSignature(stage.view, message);
      assert.equal(pending !== undefined, isPending, `message ${i}`);
      if (message.kind !== "block-part") assert.equal(asked(stage, message), isPending ? 1 : 0, `message ${i}`);
      if (pending) assert.ok(new ToyVerifier().verify(pending), `message ${i}`);
    }
  });

  it("knows late precommits of the last height", () => {
    const stage = new Stage().begin();
    const { id } = stage.proposed;
    stage.prevotes(id, [1, 2, 3]);
    const late: RoundMessage = { kind: "vote", vote: stage.vote("precommit", 3, id) };
    stage.precommits(id, [1, 2]);
    assert.ok(pendingSignature(stage.view, late));
    assert.equal(asked(stage, late), 1);
    assert.equal(pendingSignature(stage.view, late), undefined);
  });
});
