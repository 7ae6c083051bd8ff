import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { node as nodeTypes, secrets, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";
import fc from "fast-check";

import { nodeKeys, nodeOf } from "../../registry/testing/test-network.ts";
import { digest, keyManagerId, signedMasterSecret, signedPolicy } from "../testing/key-manager-network.ts";
import { generateStatus, nextGeneration, rotationProblem, type StatusInputs } from "./status.ts";

type Response = Partial<secrets.InitResponse> | undefined;

const EPOCH = 5n;
const ids = Array.from({ length: 6 }, (_, i) => nodeKeys(`status ${i}`)).toSorted((a, b) =>
  a.id.publicKey < b.id.publicKey ? -1 : 1,
);
const idOf = (index: number): PublicKey => must(ids[index]).id.publicKey;
const key = (byte: number): PublicKey => byte.toString(16).padStart(2, "0").repeat(32) as PublicKey;

/** Nodes by number, each with the reports of its entries; undefined for a report that does not hold. */
function inputs(reports: readonly (readonly Response[])[], changes: Partial<StatusInputs> = {}): StatusInputs {
  const nodes = reports.map((entries, i) =>
    nodeOf(must(ids[i]), {
      roles: nodeTypes.roles.keyManager,
      expiration: EPOCH,
      runtimes: entries.map((_, minor) => ({
        id: keyManagerId,
        version: { major: i, minor, patch: 0 },
        capabilities: { tee: null },
        extraInfo: null,
      })),
    }),
  );
  return {
    old: create(secrets.Status, { id: keyManagerId }),
    proposal: undefined,
    nodes,
    epoch: EPOCH,
    verifiedResponse(_, { version: { major, minor } }) {
      const report = reports[major]?.[minor];
      return report && create(secrets.InitResponse, report);
    },
    ...changes,
  };
}

/** Every node with one entry. */
const each = (...reports: readonly Response[]) => reports.map((report) => [report]);

test("the first node settles what others must agree with", () => {
  const status = generateStatus(inputs(each({ isSecure: true }, { isSecure: false }, { isSecure: true })));
  assert.deepEqual(status, {
    ...create(secrets.Status, { id: keyManagerId }),
    isInitialized: true,
    isSecure: true,
    nodes: [idOf(0), idOf(2)],
  });
});

test("without nodes there is no list, and a status keeps what it was", () => {
  const old = create(secrets.Status, {
    id: keyManagerId,
    isInitialized: true,
    isSecure: true,
    generation: 3n,
    rotationEpoch: 2n,
    checksum: digest(1),
    nodes: [idOf(0)],
    policy: signedPolicy(),
    rsk: key(1),
  });
  assert.deepEqual(generateStatus(inputs([], { old })), { ...old, nodes: null, rsk: null });
});

test("expired nodes, other roles and other runtimes do not count", () => {
  const base = inputs(each({}, {}, {}, {}));
  const [a, b, c, d] = base.nodes;
  assert.ok(a && b && c && d);
  const other = must(must(c.runtimes)[0]);
  const nodes = [
    { ...a, expiration: EPOCH - 1n },
    { ...b, roles: nodeTypes.roles.compute },
    { ...c, runtimes: [{ ...other, id: `c${"2".repeat(63)}` as typeof keyManagerId }] },
    d,
  ];
  assert.deepEqual(generateStatus({ ...base, nodes }).nodes, [idOf(3)]);
});

test("every version that a node runs must hold and agree", () => {
  const status = generateStatus(
    inputs([
      [{}, undefined],
      [{ isSecure: true }, { isSecure: false }],
      [{ isSecure: false }, { isSecure: false, rsk: key(1) }],
      [{ rsk: key(1) }, { rsk: key(2) }],
      [{ rsk: key(2) }],
      [{ rsk: null }],
    ]),
  );
  assert.equal(status.isSecure, false);
  assert.equal(status.rsk, key(1));
  assert.deepEqual(status.nodes, [idOf(2), idOf(5)]);
});

test("a node follows the policy that takes effect, and has all secrets", () => {
  const policy = signedPolicy({ serial: 1 });
  const nextPolicy = signedPolicy({ serial: 2 });
  const hashOf = (signed: secrets.SignedPolicySGX): Uint8Array =>
    createHash("sha3-256").update(encodeCbor(secrets.SignedPolicySGX, signed)).digest();
  const checksum = digest(1);
  const old = create(secrets.Status, { id: keyManagerId, checksum, policy, nextPolicy });
  const status = generateStatus(
    inputs(
      each(
        { checksum, policyChecksum: hashOf(nextPolicy) },
        { checksum, policyChecksum: hashOf(policy) },
        { checksum, policyChecksum: null },
        { checksum: digest(2), policyChecksum: hashOf(nextPolicy) },
        { checksum: null, policyChecksum: hashOf(nextPolicy) },
        { checksum, policyChecksum: hashOf(nextPolicy).subarray(1) },
      ),
      { old },
    ),
  );
  assert.deepEqual(status.nodes, [idOf(0)]);
  assert.equal(status.policy, nextPolicy);
  assert.equal(status.nextPolicy, null);
});

test("no policy is an absent, an empty, or the checksum of nothing", () => {
  const ofNothing = createHash("sha3-256").digest();
  const reports = each({ policyChecksum: null }, { policyChecksum: new Uint8Array(0) }, { policyChecksum: ofNothing });
  assert.equal(generateStatus(inputs(reports)).nodes?.length, 3);
});

test("a proposal is accepted by two thirds, counted in whole percents", () => {
  const ready = { nextChecksum: digest(7), nextRsk: key(7) };
  const proposal = signedMasterSecret({ epoch: EPOCH, generation: 0n });
  const accepted = {
    ...proposal,
    secret: { ...proposal.secret, secret: { ...proposal.secret.secret, checksum: digest(7) } },
  };
  const status = generateStatus(inputs(each(ready, {}, ready), { proposal: accepted }));
  assert.deepEqual(status.nodes, [idOf(0), idOf(2)]);
  assert.deepEqual(status.checksum, digest(7));
  assert.equal(status.generation, 0n);
  assert.equal(status.rotationEpoch, EPOCH);
  assert.equal(status.rsk, key(7));

  const pending = generateStatus(inputs(each(ready, {}, {}, ready), { proposal: accepted }));
  assert.equal(pending.nodes?.length, 4);
  assert.equal(pending.checksum, null);
  assert.equal(pending.rsk, null);
  for (const changes of [{ epoch: EPOCH - 1n }, { generation: 1n }]) {
    const late = { ...accepted, secret: { ...accepted.secret, ...changes } };
    // Without a proposal nobody is ready who names a next checksum, but all stay in the committee.
    const unchanged = generateStatus(inputs(each(ready, ready), { proposal: late }));
    assert.equal(unchanged.checksum, null);
    assert.equal(unchanged.nodes?.length, 2);
  }
});

test("the next signing key is that of the first node that is ready", () => {
  const secret = signedMasterSecret({ epoch: EPOCH });
  const nextChecksum = secret.secret.secret.checksum;
  assert.ok(nextChecksum);
  const reports = each(
    { nextChecksum: digest(9), nextRsk: key(1) },
    { nextChecksum, nextRsk: key(2) },
    { nextChecksum },
    { nextChecksum, nextRsk: key(3) },
    { nextChecksum, nextRsk: key(2) },
    { nextChecksum, nextRsk: key(2) },
  );
  const status = generateStatus(inputs(reports, { proposal: secret }));
  assert.equal(status.rsk, key(2));
  assert.deepEqual(status.nodes, [1, 2, 4, 5].map(idOf));
});

test("an empty checksum can be accepted, a null one cannot", () => {
  for (const checksum of [new Uint8Array(0), null]) {
    const { secret, signature } = signedMasterSecret({ epoch: EPOCH });
    const proposal = { secret: { ...secret, secret: { ...secret.secret, checksum } }, signature };
    assert.equal(generateStatus(inputs(each({}), { proposal })).rotationEpoch, checksum === null ? 0n : EPOCH);
  }
});

test("members are unexpired nodes of the list, in its order, and a second run agrees with the first", () => {
  const report = fc.option(
    fc.record({
      isSecure: fc.boolean(),
      checksum: fc.constantFrom(null, new Uint8Array(0), digest(1)),
      nextChecksum: fc.constantFrom(new Uint8Array(0), digest(7)),
      rsk: fc.constantFrom(null, key(1), key(2)),
      nextRsk: fc.constantFrom(null, key(1), key(2)),
    }),
    { nil: undefined, freq: 8 },
  );
  const reports = fc.array(fc.array(report, { maxLength: 3 }), { maxLength: 6 });
  const proposal = signedMasterSecret({
    epoch: EPOCH,
    secret: create(secrets.EncryptedSecret, { checksum: digest(7) }),
  });
  fc.assert(
    fc.property(reports, (of) => {
      const given = inputs(of, { proposal });
      const status = generateStatus(given);
      const order = (status.nodes ?? []).map((id) => given.nodes.findIndex((node) => node.id === id));
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
      assert.ok(order.every((i) => i >= 0 && (of[i]?.length ?? 0) > 0 && !of[i]?.includes(undefined)));
      assert.notEqual(status.nodes?.length, 0);
      const isRotated = status.rotationEpoch === EPOCH;
      assert.equal(status.checksum !== null, isRotated);
      // The committee of a status that did not rotate is formed again from what it settled.
      if (!isRotated) assert.deepEqual(generateStatus({ ...given, old: status }), status);
    }),
  );
});

test("when a rotation may be proposed", () => {
  const first = create(secrets.Status, {});
  assert.equal(rotationProblem(first, 1n), undefined);
  assert.equal(nextGeneration(first), 0n);
  const initialized = { ...first, checksum: digest(1), rotationEpoch: 3n };
  assert.equal(nextGeneration(initialized), 1n);
  assert.match(rotationProblem(initialized, 100n) ?? "", /disabled/);
  const policy = signedPolicy({ masterSecretRotationInterval: 4n });
  const rotating = { ...initialized, policy };
  assert.match(rotationProblem(rotating, 6n) ?? "", /not yet expired/);
  assert.equal(rotationProblem(rotating, 7n), undefined);
  assert.match(rotationProblem({ ...initialized, nextPolicy: policy }, 7n) ?? "", /disabled/, "scheduled only");
});
