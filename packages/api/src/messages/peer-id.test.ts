import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "@wadi/codec";
import { loadVector } from "@wadi/testing";
import type { PublicKey } from "@wadi/types";
import { fromBase64, toHex } from "@wadi/util";

import { PeerId, peerIdOf } from "./peer-id.ts";

interface Sample {
  readonly p2p?: { readonly pub_key: string; readonly peer_id: string };
}

const samples = loadVector<Readonly<Record<string, Sample>>>("node/control_status_samples");

test("peers are named after their keys as the reference's nodes name them", { skip: samples === undefined }, () => {
  const nodes = Object.values(samples ?? {}).flatMap(({ p2p }) => (p2p === undefined ? [] : [p2p]));
  assert.ok(nodes.length >= 4);
  for (const { peer_id: peerId, pub_key: key } of nodes) {
    assert.equal(encodeJson(PeerId, peerIdOf(toHex(fromBase64(key)) as PublicKey)), JSON.stringify(peerId));
  }
});
