import assert from "node:assert/strict";
import { test } from "node:test";
import type { churp } from "@wadi/types";

import { computeId, runtimeOf } from "../../../registry/testing/test-network.ts";
import { setRuntime } from "../../../registry/state.ts";
import {
  KeyManagerNetwork,
  churpPolicy,
  createRequest,
  hashOfByte,
  keyManagerId,
  owner,
  stranger,
  updateRequest,
} from "../../testing/key-manager-network.ts";
import { HANDOFFS_DISABLED } from "../handoff.ts";
import { setStatus, status } from "../state.ts";
import { createScheme, updateScheme } from "./schemes.ts";

const identity = { id: 1, runtimeId: keyManagerId };
const createdBy = (network: KeyManagerNetwork, changes: Partial<churp.CreateRequest> = {}, signer = owner) =>
  network.run(signer, (ctx) => createScheme(ctx, createRequest(changes)));
const updatedBy = (network: KeyManagerNetwork, changes: Partial<churp.UpdateRequest>, signer = owner) =>
  network.run(signer, (ctx) => updateScheme(ctx, updateRequest(changes)));

test("a scheme begins with a stake claim of the owner and a handoff in the next epoch", () => {
  const network = new KeyManagerNetwork();
  assert.deepEqual(createdBy(network), { code: "ok", gas: 21n, events: ["keymanager/churp.create"] });
  const created = status(network.state, identity);
  assert.equal(created?.nextHandoff, 2n);
  assert.equal(created.handoff, 0n);
  assert.deepEqual([...network.claims(owner.publicKey).keys()], [`keymanager.churp.Scheme.${keyManagerId}.1`]);
  assert.equal(createdBy(network, { id: 2, handoffInterval: 0n }).code, "ok");
  assert.equal(status(network.state, { ...identity, id: 2 })?.nextHandoff, HANDOFFS_DISABLED);
});

test("refused schemes leave nothing behind, but gas is charged", () => {
  const network = new KeyManagerNetwork();
  setRuntime(network.state, runtimeOf(), false);
  const plain = { code: "unknown/1", gas: 21n, events: [] };
  assert.deepEqual(createdBy(network, {}, stranger), plain, "not the owner");
  assert.deepEqual(createdBy(network, { runtimeId: computeId }), plain, "not a key manager");
  assert.deepEqual(createdBy(network, { suiteId: 1 }), plain, "suite");
  assert.deepEqual(createdBy(network, { threshold: 128 }), plain, "threshold");
  assert.deepEqual(createdBy(network, { policy: churpPolicy({ serial: 1 }) }), plain, "serial number");
  assert.deepEqual(createdBy(network, { policy: churpPolicy({ id: 2 }) }), plain, "policy of another scheme");
  const unknown = `c${"1".repeat(63)}` as typeof keyManagerId;
  assert.equal(createdBy(network, { runtimeId: unknown }).code, "registry/11", "unknown runtime");
  network.setEscrow(owner.publicKey, 99n);
  assert.deepEqual(createdBy(network), { ...plain, code: "staking/4" }, "stake");
  assert.equal(status(network.state, identity), undefined);
  assert.equal(network.claims(owner.publicKey).size, 0);

  network.setStaking({ debugBypassStake: true });
  assert.equal(createdBy(network).code, "ok");
  assert.equal(network.claims(owner.publicKey).size, 0);
  assert.deepEqual(createdBy(network), plain, "taken");
});

test("before 26.1 a policy names nobody who may query, not even an empty list; that costs no gas", () => {
  const network = new KeyManagerNetwork();
  network.setOldFeatures();
  const policy = churpPolicy({ mayQuery: new Map() });
  assert.deepEqual(createdBy(network, { policy }), { code: "registry/1", gas: 0n, events: [] });
  assert.equal(createdBy(network).code, "ok");
  assert.equal(updatedBy(network, { policy }).code, "registry/1");
  assert.equal(updatedBy(network, { extraShares: 1 }).code, "ok");
  const later = new KeyManagerNetwork();
  assert.equal(createdBy(later, { policy }).code, "ok");
});

test("CheckTx charges gas and verifies; simulation stops after gas", () => {
  const network = new KeyManagerNetwork();
  const request = createRequest();
  assert.deepEqual(
    network.run(owner, (ctx) => createScheme(ctx, request), "check"),
    { code: "ok", gas: 21n, events: [] },
  );
  assert.equal(network.run(stranger, (ctx) => createScheme(ctx, request), "check").code, "unknown/1");
  assert.deepEqual(
    network.run(stranger, (ctx) => createScheme(ctx, request), "simulate"),
    { code: "ok", gas: 21n, events: [] },
  );
  assert.equal(status(network.state, identity), undefined);
});

test("an update changes only what it names", () => {
  const network = new KeyManagerNetwork();
  createdBy(network);
  const before = status(network.state, identity);
  assert.ok(before);
  assert.deepEqual(updatedBy(network, { extraShares: 0 }), {
    code: "ok",
    gas: 22n,
    events: ["keymanager/churp.update"],
  });
  assert.deepEqual(status(network.state, identity), before);
  const policy = churpPolicy({ serial: 1 });
  assert.equal(updatedBy(network, { extraShares: 3, handoffInterval: 7n, policy }).code, "ok");
  assert.deepEqual(status(network.state, identity), { ...before, extraShares: 3, handoffInterval: 7n, policy });

  assert.equal(updatedBy(network, {}).code, "unknown/1", "nothing to change");
  assert.equal(updatedBy(network, { policy }).code, "unknown/1", "old policy");
  assert.equal(updatedBy(network, { id: 2, extraShares: 1 }).code, "unknown/1", "no such scheme");
  assert.equal(updatedBy(network, { extraShares: 1 }, stranger).code, "unknown/1", "not the owner");
});

test("interval 0 cancels handoffs, and another one schedules the next", () => {
  const network = new KeyManagerNetwork();
  createdBy(network);
  const created = status(network.state, identity);
  assert.ok(created);
  const application = { checksum: hashOfByte(3), reconstructed: true };
  const applications = new Map([[stranger.publicKey, application]]);
  setStatus(network.state, { ...created, applications, nextChecksum: hashOfByte(4) });
  updatedBy(network, { handoffInterval: 0n });
  assert.deepEqual(status(network.state, identity), {
    ...created,
    handoffInterval: 0n,
    nextHandoff: HANDOFFS_DISABLED,
  });
  network.epoch = 8n;
  updatedBy(network, { handoffInterval: 5n });
  assert.equal(status(network.state, identity)?.nextHandoff, 9n);
});

test("a suspended key manager has no schemes to change", () => {
  const network = new KeyManagerNetwork();
  createdBy(network);
  network.setEscrow(owner.publicKey, 0n);
  network.nextEpoch();
  assert.equal(updatedBy(network, { extraShares: 1 }).code, "registry/11");
});
