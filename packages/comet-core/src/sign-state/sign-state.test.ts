import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SignedMsgType, type BlockId, type ConsensusAddress, type HexHash, type Vote } from "@wadi/comet-types";
import { testSigner } from "@wadi/crypto";
import { isError, must, toHex, utf8 } from "@wadi/util";
import {
  ErrSignConflict,
  ErrSignRegression,
  ErrSignStateIncomplete,
  ErrSignStateInvalid,
  ErrSignStateKey,
  ErrSignStateOld,
} from "./errors.ts";
import { PrivateValidator, signedMessageOf, type SignStateStorage } from "./private-validator.ts";
import { decodeSignRecord, encodeSignRecord } from "./sign-record.ts";
import { parseSignState, printSignState } from "./sign-state-file.ts";
import { compareSignPositions, decideSigning, SignStep, signPositionOf, type SignState } from "./sign-state.ts";

const CHAIN = "sign-state-test";
const signer = testSigner("sign state test");

class MemoryStorage implements SignStateStorage {
  text: string | undefined;
  writes = 0;

  read(): string | undefined {
    return this.text;
  }

  replace(text: string): void {
    this.text = text;
    this.writes++;
  }
}

const blockId = (n: number): BlockId =>
  n === 0
    ? { hash: "" as HexHash, partSetHeader: { total: 0, hash: "" as HexHash } }
    : { hash: `${n}${n}`.repeat(32) as HexHash, partSetHeader: { total: 1, hash: "ee".repeat(32) as HexHash } };

const voteOf = (height: number, round: number, type: number, block: number, time: number): Vote => ({
  type,
  height,
  round,
  blockId: blockId(block),
  timestamp: BigInt(time),
  validatorAddress: "" as ConsensusAddress,
  validatorIndex: 0,
  signature: new Uint8Array(0),
});

const request = fc.record({
  height: fc.integer({ min: 1, max: 3 }),
  round: fc.integer({ min: 0, max: 2 }),
  step: fc.constantFrom(SignStep.proposal, SignStep.prevote, SignStep.precommit),
  block: fc.integer({ min: 0, max: 2 }),
  time: fc.integer({ min: 1, max: 3 }),
  /** What happens before: nothing, a flush, or a restart from what was flushed with the signatures made since. */
  before: fc.constantFrom("nothing", "flush", "restart"),
});

test("no sequence of requests, flushes and restarts gets two signatures for one place, or one for an earlier place", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const storage = new MemoryStorage();
      let validator = new PrivateValidator(signer, storage);
      const given = new Map<string, string>();
      let last: SignState | undefined;
      let unflushed: Parameters<PrivateValidator["recall"]>[0][] = [];
      for (const { height, round, step, block, time, before } of requests) {
        if (before === "flush") {
          validator.flush();
          unflushed = [];
        } else if (before === "restart") {
          validator = new PrivateValidator(signer, storage);
          for (const made of unflushed) validator.recall(made, signedMessageOf(CHAIN, signer.publicKey, made).message);
        }
        const type = step === SignStep.prevote ? SignedMsgType.prevote : SignedMsgType.precommit;
        const vote = voteOf(height, round, type, block, time);
        const proposal = { ...vote, type: SignedMsgType.proposal, polRound: -1, blockId: blockId(block + 1) };
        const outcome =
          step === SignStep.proposal ? validator.signProposal(CHAIN, proposal) : validator.signVote(CHAIN, vote);
        if (!("signed" in outcome)) continue;
        const place = `${height}/${round}/${step}`;
        const text = toHex(outcome.signed.signature);
        assert.equal(given.get(place) ?? text, text, place);
        given.set(place, text);
        if (last !== undefined) assert.ok(compareSignPositions(last, validator.state) <= 0, "never back");
        last = validator.state;
        unflushed.push(
          "polRound" in outcome.signed
            ? { kind: "proposal", proposal: outcome.signed }
            : { kind: "vote", vote: outcome.signed },
        );
      }
    }),
  );
});

test("the three refusals, by kind", () => {
  const first = voteOf(5, 1, SignedMsgType.prevote, 1, 1);
  const decision = decideSigning({ height: 0, round: 0, step: 0, signature: undefined, signBytes: undefined }, CHAIN, {
    kind: "vote",
    vote: first,
  });
  assert.ok(decision.kind === "sign");
  const last: SignState = { ...decision.next, signature: new Uint8Array(64) };
  const refusal = (vote: Vote, state = last): unknown => {
    const refused = decideSigning(state, CHAIN, { kind: "vote", vote });
    assert.ok(refused.kind === "refuse");
    return refused.error;
  };
  for (const vote of [voteOf(4, 9, 2, 1, 1), voteOf(5, 0, 2, 1, 1)])
    assert.ok(isError(refusal(vote), ErrSignRegression));
  assert.ok(isError(refusal(voteOf(5, 1, SignedMsgType.prevote, 2, 1)), ErrSignConflict));
  assert.ok(isError(refusal(first, { ...last, signBytes: undefined }), ErrSignStateIncomplete));
  assert.ok(
    isError(refusal(first, { ...last, signBytes: Uint8Array.of(1, 2, 3) }), ErrSignConflict),
    "garbage is no match",
  );
  assert.deepEqual(signPositionOf({ kind: "vote", vote: first }), { height: 5, round: 1, step: SignStep.prevote });
});

test("a state is written once for any number of signatures, and only if something was signed", () => {
  const storage = new MemoryStorage();
  const validator = new PrivateValidator(signer, storage);
  assert.ok(validator.isNew);
  assert.equal(storage.writes, 0, "nothing is written for a key that may turn out to be lost");
  validator.signVote(CHAIN, voteOf(1, 0, SignedMsgType.prevote, 1, 1));
  validator.signVote(CHAIN, voteOf(1, 0, SignedMsgType.precommit, 1, 1));
  validator.flush();
  validator.flush();
  assert.equal(storage.writes, 1);
  const { state, publicKey } = parseSignState(must(storage.text));
  assert.equal(publicKey, signer.publicKey);
  assert.deepEqual([state.height, state.round, state.step], [1, 0, SignStep.precommit]);
  assert.equal(new PrivateValidator(signer, storage).isNew, false);
});

test("files that are no state are refused", () => {
  const good = printSignState({
    state: { height: 1, round: 0, step: 1, signature: undefined, signBytes: undefined },
    publicKey: signer.publicKey,
  });
  assert.equal(parseSignState(good).state.height, 1);
  const bad = [
    "",
    "null",
    "[]",
    "{}",
    good.slice(0, -1),
    good.replace('"height":1', '"height":-1'),
    good.replace('"height":1', '"height":"1"'),
    good.replace('"step":1', '"step":4'),
    good.replace(/"public_key":"....../, '"public_key":"'),
    good.replace("{", '{"signature":7,'),
    good.replace("{", '{"signbytes":"0G",'),
  ];
  for (const text of bad) {
    assert.throws(
      () => parseSignState(text),
      (e) => isError(e, ErrSignStateInvalid),
      text,
    );
  }
  const storage = new MemoryStorage();
  storage.text = good;
  assert.throws(
    () => new PrivateValidator(testSigner("somebody else"), storage),
    (e) => isError(e, ErrSignStateKey),
  );
});

test("a record kept elsewhere brings a state forward, never back, and betrays a file that went back", () => {
  const storage = new MemoryStorage();
  const validator = new PrivateValidator(signer, storage);
  validator.signVote(CHAIN, voteOf(1, 0, SignedMsgType.precommit, 1, 1));
  assert.equal(validator.flush(), true);
  assert.equal(validator.flush(), false);
  const first = must(storage.text);
  validator.signVote(CHAIN, voteOf(2, 0, SignedMsgType.precommit, 1, 1));
  const ahead = decodeSignRecord(encodeSignRecord(validator.record));
  assert.deepEqual(ahead, validator.record);
  assert.deepEqual(ahead.filed, { height: 1, round: 0, step: SignStep.precommit });

  const again = new PrivateValidator(signer, storage);
  again.takeOver(ahead);
  assert.deepEqual(again.state, ahead.state);
  assert.ok("refused" in again.signVote(CHAIN, voteOf(2, 0, SignedMsgType.precommit, 2, 1)));
  assert.equal(again.flush(), true);
  again.signVote(CHAIN, voteOf(3, 0, SignedMsgType.prevote, 1, 1));
  again.takeOver(ahead);
  assert.equal(again.state.height, 3, "what is behind changes nothing");

  const late = again.record;
  storage.text = first;
  const old = new PrivateValidator(signer, storage);
  assert.throws(
    () => old.takeOver(late),
    (e) => isError(e, ErrSignStateOld),
  );
  const other = new PrivateValidator(testSigner("somebody else"), new MemoryStorage());
  other.takeOver(late);
  assert.equal(other.state.height, 0, "a record of another key");
  assert.throws(
    () => decodeSignRecord(utf8(first)),
    (e) => isError(e, ErrSignStateInvalid),
  );
});
