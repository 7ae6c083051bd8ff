import assert from "node:assert/strict";
import { test } from "node:test";
import { X25519PrivateKey, testKeys, testSigner } from "@wadi/crypto";
import { node as nodeTypes, type X25519PublicKey } from "@wadi/types";

import { VERSION, first, nodeOf, runtimeOf, second } from "../registry/testing/test-network.ts";
import { INSECURE_RAK, INSECURE_REK, attestationKeyOf, encryptionKeys } from "./runtimes.ts";
import { keyManagerId } from "./testing/key-manager-network.ts";

const { none, intelSGX } = nodeTypes.teeHardware;
const rak = testSigner("attestation key").publicKey;
const rek = new X25519PrivateKey(new Uint8Array(32).fill(5)).publicKey;

function serving(tee: nodeTypes.CapabilityTEE | null, keys = first): nodeTypes.Node {
  const entry = { id: keyManagerId, version: VERSION, capabilities: { tee }, extraInfo: null };
  return nodeOf(keys, { runtimes: [entry], roles: nodeTypes.roles.keyManager });
}

const capability = (key: X25519PublicKey | null) => ({ hardware: intelSGX, rak, rek: key, attestation: null });
const keyManager = (teeHardware: number) => runtimeOf({ id: keyManagerId, teeHardware });

test("without a TEE all enclaves have the keys that everybody knows", () => {
  assert.equal(attestationKeyOf(serving(null), keyManager(none)), INSECURE_RAK);
  assert.ok(testKeys.includes(INSECURE_RAK));
  assert.deepEqual([...encryptionKeys([serving(null), serving(null, second)], keyManager(none))], [INSECURE_REK]);
});

test("with SGX the keys are those of the capability; nodes without an encryption key are passed over", () => {
  assert.equal(attestationKeyOf(serving(capability(rek)), keyManager(intelSGX)), rak);
  const nodes = [serving(capability(rek)), serving(capability(null), second), serving(null), nodeOf(first)];
  assert.deepEqual([...encryptionKeys(nodes, keyManager(intelSGX))], [rek]);
});

test("no key without an entry, without a capability, or for unknown hardware", () => {
  for (const [node, hardware] of [
    [nodeOf(first), none],
    [serving(null), intelSGX],
    [serving(capability(rek)), 7],
  ] as const) {
    assert.throws(() => attestationKeyOf(node, keyManager(hardware)), { module: "unknown", code: 1 });
  }
  assert.equal(encryptionKeys([serving(capability(rek))], keyManager(7)).size, 0);
});
