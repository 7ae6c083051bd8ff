import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor, probeVersion } from "@wadi/codec";
import { publicKeyFromHex } from "@wadi/crypto";
import { toHex } from "@wadi/util";

import { roles } from "./roles.ts";
import { LATEST_NODE_VERSION, Node, NodeV2, NodeV3, NodeV2TLSInfo } from "./node.ts";

const key = (n: number): ReturnType<typeof publicKeyFromHex> => publicKeyFromHex(n.toString(16).padStart(64, "0"));

const address = { ip: Uint8Array.of(1, 2, 3, 4), port: 9200n, zone: "" };
const old: NodeV2 = create(NodeV2, {
  v: 2,
  id: key(1),
  entityId: key(2),
  expiration: 7n,
  tls: create(NodeV2TLSInfo, { pubKey: key(3), nextPubKey: key(4), addresses: [{ pubKey: key(3), address }] }),
  p2p: { id: key(5), addresses: [address] },
  consensus: { id: key(6), addresses: [] },
  roles: roles.validator | 16,
});

test("version 2 is read as version 3", () => {
  const encoded = encodeCbor(NodeV2, old);
  assert.equal(probeVersion(encoded), 2);
  const node = decodeCbor(Node, encoded);
  assert.equal(node.v, LATEST_NODE_VERSION);
  assert.deepEqual(node.tls, { pubKey: key(3) });
  assert.deepEqual(node.vrf, { id: key(0) }, "a missing VRF key is the zero key");
  assert.equal(node.roles, roles.validator, "the retired role is cleared");
  assert.deepEqual(Object.keys(node), Object.keys(NodeV3.zero()), "properties of version 3, in order");
  assert.equal(probeVersion(encodeCbor(Node, node)), 3);
});

test("a VRF key in version 2 is kept", () => {
  const node = decodeCbor(Node, encodeCbor(NodeV2, { ...old, vrf: { id: key(9) } }));
  assert.deepEqual(node.vrf, { id: key(9) });
});

test("members of version 2 are unknown in version 3, and other versions are refused", () => {
  assert.throws(() => decodeCbor(Node, encodeCbor(NodeV2, { ...old, v: 3 })), /unknown field/);
  for (const v of [0, 1, 4]) {
    const encoded = encodeCbor(NodeV3, { ...NodeV3.zero(), v });
    assert.throws(() => decodeCbor(Node, encoded), new RegExp(`invalid node descriptor version: ${v}`));
  }
});

test("the byte form of an address, null lists and null entries survive", () => {
  for (const ip of [null, Uint8Array.of(1, 2, 3, 4), new Uint8Array(16)]) {
    for (const addresses of [null, [], [{ ip, port: -1n, zone: "eth0" }]]) {
      const node: Node = { ...NodeV3.zero(), v: 3, p2p: { id: key(1), addresses }, runtimes: [null] };
      const encoded = encodeCbor(Node, node);
      const decoded = decodeCbor(Node, encoded);
      assert.deepEqual(decoded, node);
      assert.equal(toHex(encodeCbor(Node, decoded)), toHex(encoded));
    }
  }
});
