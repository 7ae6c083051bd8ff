import assert from "node:assert/strict";
import { test } from "node:test";
import { node as nodeTypes, type churp } from "@wadi/types";
import { must } from "@wadi/util";

import {
  KeyManagerNetwork,
  alpha,
  beta,
  createRequest,
  gamma,
  hashOfByte,
  keyManagerId,
  members,
  owner,
  signedApplication,
  signedConfirmation,
  stranger,
} from "../../testing/key-manager-network.ts";
import { status } from "../state.ts";
import { applyForHandoff, confirmHandoff } from "./handoffs.ts";
import { createScheme } from "./schemes.ts";

const ok = { code: "ok", events: ["keymanager/churp.update"] };

/** A scheme whose first handoff is in epoch 2; now it is epoch 1. */
function network(changes: Partial<churp.CreateRequest> = {}): KeyManagerNetwork {
  const made = new KeyManagerNetwork();
  for (const member of members) made.setMember(member);
  assert.equal(made.run(owner, (ctx) => createScheme(ctx, createRequest(changes))).code, "ok");
  return made;
}

const current = (of: KeyManagerNetwork): churp.Status => must(status(of.state, { id: 1, runtimeId: keyManagerId }));
const apply = (of: KeyManagerNetwork, { id: signer } = alpha, request = signedApplication({ epoch: 2n })) =>
  of.run(signer, (ctx) => applyForHandoff(ctx, request));
const confirm = (of: KeyManagerNetwork, { id: signer } = alpha, request = signedConfirmation({ epoch: 2n })) =>
  of.run(signer, (ctx) => confirmHandoff(ctx, request));

test("nodes apply, confirm one checksum, and the last one completes the handoff", () => {
  const made = network();
  for (const member of members) assert.deepEqual(apply(made, member), { ...ok, gas: 23n });
  assert.deepEqual(
    made.nextEpoch().map(([{ kind }]) => kind.kind),
    ["status"],
  );
  for (const member of [alpha, beta]) assert.deepEqual(confirm(made, member), { ...ok, gas: 24n });
  assert.equal(current(made).nextChecksum, hashOfByte(2));
  assert.equal(current(made).handoff, 0n);
  const other = signedConfirmation({ epoch: 2n, checksum: hashOfByte(3) });
  assert.equal(confirm(made, gamma, other).code, "unknown/1", "another checksum");
  assert.equal(confirm(made, gamma).code, "ok");

  const { handoff, checksum, committee, nextHandoff, nextChecksum, applications } = current(made);
  assert.deepEqual(
    { handoff, checksum, nextHandoff, nextChecksum },
    {
      handoff: 2n,
      checksum: hashOfByte(2),
      nextHandoff: 4n,
      nextChecksum: null,
    },
  );
  assert.deepEqual(committee, members.map(({ id }) => id.publicKey).toSorted());
  assert.equal(applications.size, 0);
});

test("who has confirmed is enough when the epoch is over", () => {
  const made = network();
  for (const member of members) apply(made, member);
  made.nextEpoch();
  for (const member of [alpha, beta]) confirm(made, member);
  made.nextEpoch();
  assert.equal(current(made).committee.length, 2);
  assert.equal(current(made).handoff, 2n);
  assert.equal(current(made).nextHandoff, 4n);
});

test("too few applicants begin again", () => {
  const made = network();
  for (const member of [alpha, beta]) apply(made, member);
  // Dealing with threshold 1 takes three.
  const events = made.nextEpoch().map(([{ kind }]) => kind.kind);
  assert.deepEqual(events, ["status", "keymanager/churp.update"]);
  assert.equal(current(made).applications.size, 0);
  assert.equal(current(made).nextHandoff, 3n);
});

test("refused applications", () => {
  const made = network();
  const refused = { code: "unknown/1", gas: 23n, events: [] };
  for (const epoch of [1n, 3n]) assert.deepEqual(apply(made, alpha, signedApplication({ epoch })), refused, "epoch");
  assert.deepEqual(apply(made, alpha, signedApplication({ epoch: 2n, id: 2 })), refused, "no such scheme");
  assert.deepEqual(apply(made, alpha, signedApplication({ epoch: 2n }, stranger)), refused, "signature");
  assert.equal(made.run(stranger, (ctx) => applyForHandoff(ctx, signedApplication({ epoch: 2n }))).code, "registry/10");
  made.setMember(beta, {}, { expiration: 0n });
  assert.deepEqual(apply(made, beta), refused, "expired");
  made.setMember(beta, {}, { roles: nodeTypes.roles.compute });
  assert.deepEqual(apply(made, beta), refused, "role");
  made.setMember(beta, {}, { runtimes: null });
  assert.deepEqual(apply(made, beta), refused, "runtime");
  assert.equal(apply(made).code, "ok");
  assert.deepEqual(apply(made), refused, "twice");
  made.epoch = 2n;
  assert.deepEqual(apply(made, gamma), refused, "closed");
  assert.deepEqual([...current(made).applications.keys()], [alpha.id.publicKey]);
});

test("refused confirmations", () => {
  const made = network();
  for (const member of members) apply(made, member);
  const refused = { code: "unknown/1", gas: 24n, events: [] };
  assert.deepEqual(confirm(made), refused, "too early");
  made.nextEpoch();
  assert.deepEqual(confirm(made, alpha, signedConfirmation({ epoch: 3n })), refused, "epoch");
  assert.deepEqual(confirm(made, alpha, signedConfirmation({ epoch: 2n }, stranger)), refused, "signature");
  assert.equal(made.run(stranger, (ctx) => confirmHandoff(ctx, signedConfirmation({ epoch: 2n }))).code, "unknown/1");
  assert.equal(current(made).nextChecksum, null, "a refused confirmation settles no checksum");
  assert.equal(confirm(made).code, "ok");
  assert.deepEqual(confirm(made), refused, "twice");
});

test("without an interval there are no handoffs", () => {
  const made = network({ handoffInterval: 0n });
  assert.equal(apply(made).code, "unknown/1");
  assert.equal(confirm(made).code, "unknown/1");
});
