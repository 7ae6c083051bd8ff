import assert from "node:assert/strict";
import { test } from "node:test";
import { peerFeedbacks } from "@wadi/runtime-protocol";
import type { PublicKey } from "@wadi/types";
import { utf8 } from "@wadi/util";
import { RatingKeyManager } from "./rating-key-manager.ts";

const call = { request: utf8("request"), kind: 0, nodes: [] };
const context = { signal: new AbortController().signal };

function client(): {
  readonly rating: RatingKeyManager;
  readonly ratings: [number, number][];
  setTime(ms: number): void;
} {
  const ratings: [number, number][] = [];
  let now = 0;
  let calls = 0;
  const network = {
    call: () => {
      const number = calls++;
      const node = "01".repeat(32) as PublicKey;
      return Promise.resolve({ response: utf8("answer"), node, rate: (f: number) => void ratings.push([number, f]) });
    },
  };
  return { rating: new RatingKeyManager(network, () => now), ratings, setTime: (ms) => (now = ms) };
}

test("answers are rated by number, once, within a minute", async () => {
  const { rating, ratings, setTime } = client();
  for (const id of [1n, 2n, 3n]) await rating.call(id, call, context);
  rating.submitPeerFeedback(2n, peerFeedbacks.failure);
  rating.submitPeerFeedback(2n, peerFeedbacks.failure);
  rating.submitPeerFeedback(9n, peerFeedbacks.failure);
  rating.submitPeerFeedback(1n, 200);
  assert.deepEqual(ratings, [[1, peerFeedbacks.failure]]);
  setTime(60_001);
  rating.submitPeerFeedback(3n, peerFeedbacks.badPeer);
  assert.equal(ratings.length, 1);
});

test("at most 100 answers wait for a rating", async () => {
  const { rating, ratings } = client();
  for (let id = 0n; id < 101n; id++) await rating.call(id, call, context);
  rating.submitPeerFeedback(0n, peerFeedbacks.success);
  rating.submitPeerFeedback(1n, peerFeedbacks.success);
  assert.deepEqual(ratings, [[1, peerFeedbacks.success]]);
});

test("old-style calls rate the one before", async () => {
  const { rating, ratings } = client();
  await rating.callRatingPrevious(peerFeedbacks.badPeer, call, context);
  assert.deepEqual(ratings, []);
  await rating.callRatingPrevious(peerFeedbacks.badPeer, call, context);
  assert.deepEqual(ratings, [[0, peerFeedbacks.badPeer]]);
  rating.forget();
  await rating.callRatingPrevious(peerFeedbacks.badPeer, call, context);
  assert.equal(ratings.length, 1);
});
