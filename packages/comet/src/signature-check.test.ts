import { Rounds, CachingVerifier, RoundStep, genesisState, type RoundMessage, type RoundPorts } from "@wadi/comet-core";
import {
  SIGNATURE_CONTEXT,
  SignedMsgType,
  ZERO_BLOCK_ID,
  engineVerifier,
  voteSignBytes,
  type Vote,
} from "@wadi/comet-types";
import { rawFullContext, verifyEd25519 } from "@wadi/crypto";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SignatureCheck } from "./signature-check.ts";
import { SignatureThreadUser } from "./signature-thread.ts";
import { TEST_CHAIN_ID, fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

/** Four validators in round 0; we are none of them. */
function setup() {
  const signers = testValidators(4);
  const state = genesisState(testGenesis(signers));
  let verifications = 0;
  const verifier = new CachingVerifier(
    engineVerifier((key, digest, signature) => {
      verifications++;
      return verifyEd25519(key, digest, signature);
    }),
  );
  const unused = (): never => assert.fail("not needed");
  const ports: RoundPorts = {
    verifier,
    createProposalBlock: unused,
    validateBlock: unused,
    processProposal: unused,
    loadHeader: unused,
    loadSeenCommit: unused,
  };
  const now = { time: 0n, ms: 0 };
  const rounds = new Rounds({ ...fastConfig(), validator: undefined }, ports, state, now);
  rounds.handle({ kind: "start" }, now);
  const timeout = { durationMs: 0, height: 1, round: 0, step: RoundStep.newHeight };
  rounds.handle({ kind: "timeout", timeout }, now);
  const delivered: [string, RoundMessage][] = [];
  let expected = 0;
  let whenAll = (): void => undefined;
  let alsoThen = (_peer: string): void => undefined;
  const thread = new SignatureThreadUser();
  const check = new SignatureCheck({
    verifier,
    thread,
    view: () => rounds.view,
    deliver: (peer, message) => {
      delivered.push([peer, message]);
      rounds.handle({ kind: "message", peer, message }, now);
      alsoThen(peer);
      if (delivered.length === expected) whenAll();
    },
  });
  const vote = (index: number, round = 0): RoundMessage => {
    const { address, publicKey } = state.validators.member(index);
    const unsigned: Vote = {
      type: SignedMsgType.prevote,
      height: 1,
      round,
      blockId: ZERO_BLOCK_ID,
      timestamp: 5n,
      validatorAddress: address,
      validatorIndex: index,
      signature: new Uint8Array(0),
    };
    const signer = signers.find((candidate) => candidate.publicKey === publicKey)!;
    const signature = signer.sign(rawFullContext(SIGNATURE_CONTEXT), voteSignBytes(TEST_CHAIN_ID, unsigned));
    return { kind: "vote", vote: { ...unsigned, signature } };
  };
  const all = (count: number): Promise<void> =>
    new Promise((resolve) => {
      expected = count;
      whenAll = resolve;
      if (delivered.length === count) resolve();
    });
  const onDelivery = (then: (peer: string) => void): void => void (alsoThen = then);
  const end = async (): Promise<void> => {
    check[Symbol.dispose]();
    await thread[Symbol.asyncDispose]();
  };
  return {
    onDelivery,
    check,
    rounds,
    vote,
    delivered,
    all,
    verifications: () => verifications,
    [Symbol.asyncDispose]: end,
  };
}

const claim: RoundMessage = {
  kind: "majority-claim",
  claim: { height: 1, round: 0, type: SignedMsgType.prevote, blockId: ZERO_BLOCK_ID },
};

describe("SignatureCheck", () => {
  it("verifies ahead, so that the engine does not, and keeps each peer's order", async () => {
    await using stage = setup();
    const { check, rounds, vote, delivered, all, verifications } = stage;
    const votes = [vote(0), vote(1), vote(2)];
    check.receive("a", votes[0]!);
    check.receive("a", claim);
    check.receive("a", votes[1]!);
    check.receive("b", votes[1]!);
    check.receive("b", votes[2]!);
    assert.equal(delivered.length, 0);
    await all(5);
    const of = (peer: string) => delivered.filter(([from]) => from === peer).map(([, message]) => message);
    assert.deepEqual(of("a"), [votes[0], claim, votes[1]]);
    assert.deepEqual(of("b"), [votes[1], votes[2]]);
    assert.deepEqual([...rounds.view.votes.prevotes(0)!.bits().ones()], [0, 1, 2]);
    assert.equal(verifications(), 0);
  });

  it("hands over at once what needs no verification", async () => {
    await using stage = setup();
    const { check, vote, delivered, all } = stage;
    check.receive("a", claim);
    assert.equal(delivered.length, 1);
    check.receive("a", vote(0));
    await all(2);
    check.receive("a", vote(0));
    assert.equal(delivered.length, 3, "a vote that is known");
  });

  it("leaves bad signatures to the engine's own rule", async () => {
    await using stage = setup();
    const { check, rounds, vote, all, verifications } = stage;
    const good = vote(0);
    assert.ok(good.kind === "vote");
    const forged = good.vote.signature.slice();
    forged[3]! ^= 1;
    const outOfRange = good.vote.signature.slice().fill(0xff, 32);
    for (const signature of [forged, outOfRange, new Uint8Array(64)]) {
      check.receive("a", { kind: "vote", vote: { ...good.vote, signature } });
    }
    await all(3);
    assert.equal(rounds.view.votes.prevotes(0)!.has(0), false);
    assert.equal(verifications(), 3);
  });

  it("bounds what waits for one peer", async () => {
    await using stage = setup();
    const { check, vote, delivered, all } = stage;
    const message = vote(0);
    for (let i = 0; i < 256; i++) check.receive("flood", message);
    assert.equal(delivered.length, 0);
    for (let over = 1; over <= 5; over++) {
      check.receive("flood", message);
      assert.equal(delivered.length, over, "one for each, not all at once");
    }
    await all(261);
  });

  it("drops what waits of a peer that is gone, also while it hands over", async () => {
    await using stage = setup();
    const { check, vote, delivered, all, onDelivery } = stage;
    onDelivery((peer) => check.forget(peer));
    check.receive("gone", vote(0));
    check.receive("gone", claim);
    check.receive("stays", vote(1));
    await all(2);
    assert.deepEqual(delivered.map(([peer]) => peer).toSorted(), ["gone", "stays"]);
    assert.ok(delivered.every(([, message]) => message.kind === "vote"));
  });

  it("hands over nothing after it was disposed", async () => {
    await using stage = setup();
    const { check, vote, delivered } = stage;
    check.receive("a", vote(0));
    check[Symbol.dispose]();
    check.receive("a", claim);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(delivered.length, 0);
  });
});
