import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { X25519PrivateKey } from "@wadi/crypto";
import { secrets, type X25519PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import { removeNode } from "../../registry/state.ts";
import { nodeOf } from "../../registry/testing/test-network.ts";
import { INSECURE_REK } from "../runtimes.ts";
import {
  KeyManagerNetwork,
  alpha,
  beta,
  digest,
  encrypted,
  gamma,
  keyManagerId,
  members,
  noQuotes,
  owner,
  signedEphemeralSecret,
  signedMasterSecret,
  signedPolicy,
  stranger,
} from "../testing/key-manager-network.ts";
import { ephemeralSecret, masterSecret, status } from "./state.ts";
import { publishEphemeralSecret, publishMasterSecret, updatePolicy } from "./transactions.ts";

/** Epoch 2, in which all three nodes are the committee. */
function network(): KeyManagerNetwork {
  const made = new KeyManagerNetwork();
  for (const member of members) made.setMember(member);
  made.nextEpoch();
  return made;
}

const statusOf = (of: KeyManagerNetwork): secrets.Status => must(status(of.state, keyManagerId));
const propose = (of: KeyManagerNetwork, secret = signedMasterSecret({ epoch: 3n }), signer = alpha.id) =>
  of.run(signer, (ctx) => publishMasterSecret(ctx, secret));
const publish = (of: KeyManagerNetwork, secret = signedEphemeralSecret({ epoch: 3n }), signer = alpha.id) =>
  of.run(signer, (ctx) => publishEphemeralSecret(ctx, secret));
const schedule = (of: KeyManagerNetwork, policy: secrets.SignedPolicySGX, signer = owner) =>
  of.run(signer, (ctx) => updatePolicy(ctx, policy, noQuotes));

test("a master secret is proposed, replicated and accepted", () => {
  const made = network();
  assert.deepEqual(propose(made), { code: "ok", gas: 12n, events: ["master_secret"] });
  for (const member of [alpha, beta]) made.setMember(member, { nextChecksum: digest(1) });
  made.nextEpoch();
  const { generation, checksum, nodes, rotationEpoch } = statusOf(made);
  assert.deepEqual({ generation, checksum, rotationEpoch }, { generation: 0n, checksum: digest(1), rotationEpoch: 3n });
  assert.deepEqual(nodes, [alpha.id.publicKey, beta.id.publicKey].toSorted());
});

test("a proposal that was not replicated can be replaced in a later epoch", () => {
  const made = network();
  propose(made);
  assert.equal(propose(made).code, "unknown/1", "same epoch");
  made.nextEpoch();
  const next = signedMasterSecret({ epoch: 4n, secret: encrypted(2) });
  assert.equal(propose(made, next).code, "ok");
  assert.deepEqual(masterSecret(made.state, keyManagerId)?.secret.secret.checksum, digest(2));
});

test("refused master secrets cost no gas", () => {
  const made = network();
  const refused = { code: "unknown/1", gas: 0n, events: [] };
  assert.deepEqual(propose(made, undefined, stranger), refused, "not in the committee");
  assert.deepEqual(propose(made, signedMasterSecret({ epoch: 2n })), refused, "epoch");
  assert.deepEqual(propose(made, signedMasterSecret({ epoch: 3n, generation: 1n })), refused, "generation");
  assert.deepEqual(propose(made, signedMasterSecret({ epoch: 3n }, stranger)), refused, "signature");
  const outside: X25519PublicKey = new X25519PrivateKey(digest(1)).publicKey;
  const ciphertexts = new Map([INSECURE_REK, outside].map((key) => [key, digest(0)]));
  const secret = { ...encrypted(1), ciphertexts };
  assert.deepEqual(propose(made, signedMasterSecret({ epoch: 3n, secret })), refused, "foreign key");
  for (const none of [null, new Map()]) {
    const open = { ...secret, ciphertexts: none };
    assert.deepEqual(propose(made, signedMasterSecret({ epoch: 3n, secret: open })), refused, "no key");
  }
  assert.equal(masterSecret(made.state, keyManagerId), undefined);
  assert.equal(propose(new KeyManagerNetwork()).code, "keymanager/2", "no status yet");
});

test("a committee with members that are no longer registered cannot publish", () => {
  const made = network();
  removeNode(made.state, nodeOf(gamma));
  assert.equal(propose(made).code, "registry/10");
  assert.equal(publish(made, undefined, gamma.id).code, "registry/10");
});

test("rotation needs an interval of the policy in force", () => {
  const made = network();
  propose(made);
  for (const member of members) made.setMember(member, { nextChecksum: digest(1) });
  made.nextEpoch();
  const next = (epoch: bigint) => signedMasterSecret({ epoch, generation: 1n, secret: encrypted(2) });
  assert.equal(propose(made, next(4n)).code, "unknown/1", "disabled");
  const policy = signedPolicy({ masterSecretRotationInterval: 2n });
  assert.equal(schedule(made, policy).code, "ok");
  assert.equal(propose(made, next(4n)).code, "unknown/1", "scheduled only");

  const policyChecksum = createHash("sha3-256").update(encodeCbor(secrets.SignedPolicySGX, policy)).digest();
  for (const member of members) made.setMember(member, { checksum: digest(1), policyChecksum });
  made.nextEpoch();
  assert.deepEqual(statusOf(made).policy, policy);
  assert.equal(propose(made, next(5n)).code, "ok");
});

test("one ephemeral secret per epoch", () => {
  const made = network();
  assert.deepEqual(publish(made), { code: "ok", gas: 13n, events: ["ephemeral_secret"] });
  assert.equal(publish(made, signedEphemeralSecret({ epoch: 3n, secret: encrypted(2) })).code, "unknown/1");
  assert.equal(publish(made, signedEphemeralSecret({ epoch: 4n })).code, "unknown/1", "epoch");
  assert.equal(publish(made, undefined, stranger).code, "unknown/1", "not in the committee");
  assert.deepEqual(ephemeralSecret(made.state, keyManagerId)?.secret.secret.checksum, digest(1));
  made.nextEpoch();
  assert.equal(publish(made, signedEphemeralSecret({ epoch: 4n }, stranger)).code, "unknown/1", "signature");
  assert.equal(publish(made, signedEphemeralSecret({ epoch: 4n })).code, "ok");
});

test("a policy is scheduled and can be replaced until it takes effect", () => {
  const made = network();
  const before = statusOf(made);
  assert.deepEqual(schedule(made, signedPolicy({ serial: 5 })), { code: "ok", gas: 11n, events: ["status"] });
  assert.deepEqual(statusOf(made), { ...before, nextPolicy: signedPolicy({ serial: 5 }) });
  assert.equal(schedule(made, signedPolicy({ serial: 1 })).code, "ok", "compared with the policy in force");
  made.nextEpoch();
  assert.deepEqual(statusOf(made).policy, signedPolicy({ serial: 1 }));
  assert.equal(statusOf(made).nodes, null, "nobody follows it yet");
  assert.deepEqual(schedule(made, signedPolicy({ serial: 1 })), { code: "unknown/1", gas: 0n, events: [] });
  assert.equal(schedule(made, signedPolicy({ serial: 2 }), stranger).code, "unknown/1", "not the owner");
});

test("a policy can come before the first status", () => {
  const made = new KeyManagerNetwork();
  assert.equal(schedule(made, signedPolicy()).code, "ok");
  assert.equal(statusOf(made).isInitialized, false);
});

test("before 26.1 a policy takes effect at once, with the nodes that follow it", () => {
  const made = network();
  made.setOldFeatures();
  const policy = signedPolicy({ serial: 1 });
  const policyChecksum = createHash("sha3-256").update(encodeCbor(secrets.SignedPolicySGX, policy)).digest();
  made.setMember(beta, { policyChecksum });
  assert.equal(schedule(made, policy).code, "ok");
  assert.deepEqual(statusOf(made).policy, policy);
  assert.equal(statusOf(made).nextPolicy, null);
  assert.deepEqual(statusOf(made).nodes, [beta.id.publicKey]);
});

test("CheckTx verifies everything and charges nothing; simulation stops after gas", () => {
  const made = network();
  const secret = signedMasterSecret({ epoch: 3n });
  const run = (mode: "check" | "simulate", signer = alpha.id) =>
    made.run(signer, (ctx) => publishMasterSecret(ctx, secret), mode);
  assert.deepEqual(run("check"), { code: "ok", gas: 0n, events: [] });
  assert.equal(run("check", stranger).code, "unknown/1");
  assert.deepEqual(run("simulate"), { code: "ok", gas: 12n, events: [] });
  assert.equal(run("simulate", stranger).code, "unknown/1");
  assert.equal(masterSecret(made.state, keyManagerId), undefined);
});
