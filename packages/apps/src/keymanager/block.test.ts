import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { node as nodeTypes, registry, secrets } from "@wadi/types";

import { suspendedRuntime } from "../registry/state.ts";
import { beginBlock } from "./block.ts";
import { status, statuses } from "./secrets/state.ts";
import {
  KeyManagerNetwork,
  alpha,
  beta,
  keyManagerId,
  noQuotes,
  owner,
  signedResponse,
} from "./testing/key-manager-network.ts";

const kinds = (events: ReturnType<KeyManagerNetwork["nextEpoch"]>): string[] => events.map(([{ kind }]) => kind.kind);

test("nothing happens within an epoch", () => {
  const network = new KeyManagerNetwork();
  const ctx = network.context("begin-block");
  beginBlock(ctx, noQuotes);
  assert.equal(ctx.events.length, 0);
  assert.deepEqual(statuses(network.state), []);
});

test("a new key manager has a status even without nodes; later ones tell only of changes", () => {
  const network = new KeyManagerNetwork();
  assert.deepEqual(kinds(network.nextEpoch()), ["status"]);
  assert.equal(status(network.state, keyManagerId)?.isInitialized, false);
  assert.deepEqual(kinds(network.nextEpoch()), []);
  network.setMember(alpha);
  assert.deepEqual(kinds(network.nextEpoch()), ["status"]);
  assert.deepEqual(status(network.state, keyManagerId)?.nodes, [alpha.id.publicKey]);
});

test("reports that do not hold leave a node out", () => {
  const network = new KeyManagerNetwork();
  const good = signedResponse({});
  const extraInfos = [
    null,
    new Uint8Array(0),
    Uint8Array.of(0xff),
    encodeCbor(secrets.SignedInitResponse, { ...good, signature: null }),
    encodeCbor(secrets.SignedInitResponse, { ...good, initResponse: { ...good.initResponse, isSecure: true } }),
  ];
  for (const extraInfo of extraInfos) {
    const version = { major: 1, minor: 0, patch: 0 };
    const entry = { id: keyManagerId, version, capabilities: { tee: null }, extraInfo };
    network.setMember(alpha, {}, { runtimes: [entry] });
    network.nextEpoch();
    assert.equal(status(network.state, keyManagerId)?.nodes, null);
  }
  const { intelSGX } = nodeTypes.teeHardware;
  const tee = { hardware: intelSGX, rak: owner.publicKey, rek: null, attestation: null };
  const extraInfo = encodeCbor(secrets.SignedInitResponse, good);
  const entry = { id: keyManagerId, version: { major: 1, minor: 0, patch: 0 }, capabilities: { tee }, extraInfo };
  network.setMember(alpha, {}, { runtimes: [entry] });
  network.setMember(beta);
  network.nextEpoch();
  assert.deepEqual(status(network.state, keyManagerId)?.nodes, [beta.id.publicKey]);
});

test("a key manager whose owner lacks stake is suspended before anything else", () => {
  const network = new KeyManagerNetwork();
  network.nextEpoch();
  network.setMember(alpha);
  network.setClaim(owner.publicKey, 101n);
  assert.deepEqual(kinds(network.nextEpoch()), ["status"], "the claim is covered");
  network.setEscrow(owner.publicKey, 100n);
  assert.deepEqual(kinds(network.nextEpoch()), ["runtime_suspended"]);
  assert.ok(suspendedRuntime(network.state, keyManagerId));
  network.nextEpoch();
  assert.deepEqual(status(network.state, keyManagerId)?.nodes, [alpha.id.publicKey], "its status stays as it was");
});

test("stake does not matter where it is bypassed or consensus governs", () => {
  const bypassing = new KeyManagerNetwork();
  bypassing.setStaking({ debugBypassStake: true });
  const governed = new KeyManagerNetwork();
  governed.setKeyManager({ governanceModel: registry.governanceModels.consensus });
  for (const network of [bypassing, governed]) {
    network.setClaim(owner.publicKey, 5000n);
    assert.deepEqual(kinds(network.nextEpoch()), ["status"]);
  }
});
