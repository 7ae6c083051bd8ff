import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ErrInvalid,
  ErrInvalidEvidence,
  EvidenceListMessage,
  encodeEvidenceList,
  type Evidence,
} from "@wadi/comet-types";
import { isError, must } from "@wadi/util";
import { FixtureChain, MemoryEvidenceStorage } from "../testing/evidence-chain.ts";
import { nativeVerifier, signersWith } from "../testing/signers.ts";
import { ErrMessageTooLarge } from "../gossip/errors.ts";
import { EvidenceGossip, MAX_EVIDENCE_MESSAGE_SIZE, encodeEvidence } from "./gossip.ts";
import { EvidencePool } from "./pool.ts";

const signers = signersWith([40n, 30n, 20n, 10n]);
const verifier = nativeVerifier();

function node(height = 20): { chain: FixtureChain; pool: EvidencePool; gossip: EvidenceGossip } {
  const chain = new FixtureChain(signers, height);
  const pool = new EvidencePool({ storage: new MemoryEvidenceStorage(), chain, verifier }, chain.state());
  return { chain, pool, gossip: new EvidenceGossip(pool) };
}

/** What goes to the peer now. */
function drain(gossip: EvidenceGossip, peer: string, peerHeight: number, nowMs: number): Evidence[] {
  const sent: Evidence[] = [];
  for (let item = gossip.next(peer, peerHeight, nowMs); item; item = gossip.next(peer, peerHeight, nowMs)) {
    gossip.sent(peer, item, nowMs);
    sent.push(item.evidence);
  }
  return sent;
}

test("each piece goes to each peer, and again every ten seconds while it is pending", () => {
  const { chain, pool, gossip } = node();
  const [one, two] = [chain.duplicate(0, 15), chain.duplicate(1, 15)];
  gossip.addPeer("a");
  assert.equal(gossip.next("a", 20, 0), undefined);
  pool.add(one);
  assert.deepEqual(drain(gossip, "a", 20, 100), [one]);
  pool.add(two);
  assert.deepEqual(drain(gossip, "a", 20, 200), [two]);
  assert.deepEqual(drain(gossip, "a", 20, 10_099), []);
  assert.deepEqual(drain(gossip, "a", 20, 10_100), [one]);
  gossip.addPeer("b");
  assert.deepEqual(drain(gossip, "b", 20, 10_100), [one, two]);
  pool.update(chain.state(21), [one]);
  assert.deepEqual(drain(gossip, "a", 21, 60_000), [two]);
  gossip.removePeer("a");
  assert.equal(gossip.next("a", 21, 90_000), undefined);
  gossip.addPeer("a");
  assert.deepEqual(drain(gossip, "a", 21, 90_000), [two], "a new connection starts anew");
});

test("only peers above the evidence height that do not find it too old get it", () => {
  const { chain, pool, gossip } = node();
  gossip.addPeer("a");
  pool.add(chain.duplicate(0, 15));
  for (const [peerHeight, count] of [
    [0, 0],
    [14, 0],
    [15, 0],
    [16, 1],
  ] as const) {
    assert.equal(drain(gossip, "a", peerHeight, 0).length, count, `peer at ${peerHeight}`);
  }
  assert.equal(drain(gossip, "a", 25, 10_000).length, 1, "age 10 is the limit");
  assert.equal(drain(gossip, "a", 26, 20_000).length, 0);
});

test("evidence travels from pool to pool", () => {
  const [from, to] = [node(), node()];
  from.gossip.addPeer("to");
  for (const [validator, height] of [
    [0, 15],
    [1, 16],
    [2, 12],
  ] as const) {
    from.pool.add(from.chain.duplicate(validator, height));
  }
  for (let item = from.gossip.next("to", 20, 0); item; item = from.gossip.next("to", 20, 0)) {
    from.gossip.sent("to", item, 0);
    assert.deepEqual(to.gossip.receive(encodeEvidence(item)), ["added"]);
    assert.deepEqual(to.gossip.receive(encodeEvidence(item)), ["pending"]);
  }
  assert.deepEqual(to.pool.offer(10_000), from.pool.offer(10_000));
});

test("a message with evidence that is not valid ends the connection", () => {
  const { chain, pool, gossip } = node();
  const [good, other] = [chain.duplicate(0, 15), chain.duplicate(1, 15)];
  const forged = { ...other, totalVotingPower: 1n };
  assert.throws(
    () => gossip.receive(encodeEvidenceList([good, forged])),
    (e) => isError(e, ErrInvalidEvidence),
  );
  assert.equal(pool.size, 1, "the pieces before it count");
  const reversed = encodeEvidenceList([{ ...other, voteA: other.voteB, voteB: other.voteA }]);
  assert.throws(
    () => gossip.receive(reversed),
    (e) => isError(e, ErrInvalid) && /invalid order/.test((e as Error).message),
  );
  const unset = EvidenceListMessage.encode({ evidence: [{ sum: undefined }] });
  assert.throws(
    () => gossip.receive(unset),
    (e) => isError(e, ErrInvalid),
  );
  assert.throws(() => gossip.receive(Uint8Array.of(0x0a, 0x7f)), { module: "codec/protobuf" });
  const many = encodeEvidenceList(Array.from({ length: 5000 }, () => good));
  assert.ok(many.length > MAX_EVIDENCE_MESSAGE_SIZE);
  assert.throws(
    () => gossip.receive(many),
    (e) => isError(e, ErrMessageTooLarge),
  );
  assert.deepEqual(gossip.receive(encodeEvidenceList([])), [], "an empty list is no evidence and no offence");
  assert.equal(must(gossip.receive(encodeEvidenceList([other]))[0]), "added");
});
