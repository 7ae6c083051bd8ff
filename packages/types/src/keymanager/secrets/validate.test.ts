import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { bindContext, namespaceFromHex, signatureContexts, SignatureVerifier, testSigner } from "@wadi/crypto";

import { PolicySGX, type SignedPolicySGX } from "./policy.ts";
import { policyProblem } from "./validate.ts";

const id = namespaceFromHex("40".padEnd(64, "0"));
const other = namespaceFromHex("c0".padEnd(64, "0"));
const verifier = new SignatureVerifier();
const context = bindContext(signatureContexts.keyManagerPolicy);

function signed(members: Partial<PolicySGX>, ...names: readonly string[]): SignedPolicySGX {
  const policy = create(PolicySGX, { id, ...members });
  const message = encodeCbor(PolicySGX, policy);
  const signers = names.map((name) => testSigner(name));
  return { policy, signatures: signers.map((s) => ({ publicKey: s.publicKey, signature: s.sign(context, message) })) };
}

test("the first policy may have any serial number and no signature", () => {
  assert.equal(policyProblem(null, signed({ serial: 9 }), verifier), undefined);
  assert.equal(policyProblem(null, { ...signed({}), signatures: null }, verifier), undefined);
});

test("a later policy has a greater serial number and the same ID", () => {
  const current = signed({ serial: 3 });
  assert.equal(policyProblem(current, signed({ serial: 5 }, "a", "b"), verifier), undefined);
  assert.equal(policyProblem(current, signed({ serial: 3 }), verifier)?.member, "policy.serial");
  assert.equal(policyProblem(current, signed({ serial: 4, id: other }), verifier)?.member, "policy.id");
});

test("each signature must hold and be by a key that is not forbidden", () => {
  const good = signed({}, "a", "b");
  const altered = { ...good, policy: { ...good.policy, serial: 1 } };
  assert.equal(policyProblem(null, altered, verifier)?.member, "signatures[0]");
  const forbidden = signed({}, "a", "ekiden key manager test multisig key 0");
  const found = policyProblem(null, forbidden, verifier);
  assert.equal(found?.member, "signatures[1]");
  assert.match(found?.what ?? "", /public key .* is invalid/);
});
