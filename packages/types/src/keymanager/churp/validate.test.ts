import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { bindContext, namespaceFromHex, signatureContexts, SignatureVerifier, testSigner } from "@wadi/crypto";
import { fromHex, toHex } from "@wadi/util";

import { PolicySGX, SignedPolicySGX } from "./policy.ts";
import { CreateRequest, UpdateRequest } from "./requests.ts";
import { validateCreateRequest, validateSignedPolicy, validateUpdateRequest } from "./validate.ts";

const runtimeId = namespaceFromHex("40".padEnd(64, "0"));
const identity = { id: 3, runtimeId };
const policy = create(SignedPolicySGX, { policy: create(PolicySGX, identity) });
const refused = { name: "ValidationError" };

test("a scheme is created with the only suite, a possible threshold and its own policy", () => {
  const request = create(CreateRequest, { ...identity, threshold: 127, policy });
  validateCreateRequest(request);
  const bad: readonly Partial<CreateRequest>[] = [
    { suiteId: 1 },
    { threshold: 128 },
    { id: 4 },
    { runtimeId: namespaceFromHex("c0".padEnd(64, "0")) },
  ];
  for (const members of bad) assert.throws(() => validateCreateRequest({ ...request, ...members }), refused);
});

test("an update changes something and keeps the identity", () => {
  const request = create(UpdateRequest, identity);
  assert.throws(() => validateUpdateRequest(request), refused);
  for (const change of [{ extraShares: 0 }, { handoffInterval: 0n }, { policy }]) {
    validateUpdateRequest({ ...request, ...change });
  }
  assert.throws(() => validateUpdateRequest({ ...request, id: 4, policy }), refused);
});

test("policies are numbered without gaps and every signature counts", () => {
  const verifier = new SignatureVerifier();
  const context = bindContext(signatureContexts.churpPolicy);
  const signer = testSigner("policy signer");
  const signed = (members: Partial<PolicySGX>): SignedPolicySGX => {
    const content = create(PolicySGX, { ...identity, ...members });
    const signature = signer.sign(context, encodeCbor(PolicySGX, content));
    return { policy: content, signatures: [{ publicKey: signer.publicKey, signature }] };
  };
  const first = signed({});
  validateSignedPolicy(first, null, verifier);
  validateSignedPolicy({ ...first, signatures: [] }, null, verifier);
  validateSignedPolicy(signed({ serial: 1 }), first.policy, verifier);
  validateSignedPolicy(signed({ serial: 0 }), { ...first.policy, serial: 0xffff_ffff }, verifier);

  assert.throws(() => validateSignedPolicy(signed({ serial: 1 }), null, verifier), refused);
  for (const members of [{ serial: 0 }, { serial: 2 }, { serial: 1, id: 4 }]) {
    assert.throws(() => validateSignedPolicy(signed(members), first.policy, verifier), refused);
  }
  const altered = { ...first, policy: { ...first.policy, mayJoin: [] } };
  assert.throws(() => validateSignedPolicy(altered, null, verifier), refused);
});

test("an empty list of who may query is told apart from none, and both encode as none", () => {
  const none = encodeCbor(PolicySGX, create(PolicySGX, identity));
  assert.equal(decodeCbor(PolicySGX, none).mayQuery, null);
  // The map with one member more: `may_query` between `may_share` and `runtime_id`.
  const at = toHex(none).indexOf("6a72756e74696d655f6964");
  const hex = toHex(none);
  const withEmpty = fromHex(`a6${hex.slice(2, at - 22)}696d61795f7175657279a0${hex.slice(at - 22)}`);
  const decoded = decodeCbor(PolicySGX, withEmpty);
  assert.equal(decoded.mayQuery?.size, 0);
  assert.deepEqual(encodeCbor(PolicySGX, decoded), none);
});
