import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeJson } from "@wadi/codec";
import { fromBase64 } from "@wadi/util";

import { constraints } from "../../genesis/sanity/testing/fixture.ts";
import { SGXAttestation } from "../../node/sgx.ts";
import { TEEFeatures } from "../../node/tee.ts";
import { Policy } from "../../sgx/quote.ts";
import {
  decodeSgxConstraints,
  quotePolicyProblem,
  sgxAttestationProblem,
  sgxConstraintsProblem,
  withDefaultConstraints,
} from "./sgx-rules.ts";

const features = (text: string): TEEFeatures => decodeJson(TEEFeatures, text);
const policy = (text: string): Policy => decodeJson(Policy, text);
const versionOne = decodeSgxConstraints(fromBase64(constraints()));
const PCS = '{"sgx":{"pcs":true}}';

test("version 1 came with PCS", () => {
  const old = { ...versionOne, v: 0 };
  for (const none of [null, features("{}")]) {
    assert.match(sgxConstraintsProblem(versionOne, none, true) ?? "", /unsupported SGX constraints version: 1/);
    assert.equal(sgxConstraintsProblem(old, none, true), undefined);
    assert.match(sgxAttestationProblem({ ...SGXAttestation.zero(), v: 1 }, none) ?? "", /version: 1/);
    assert.equal(sgxAttestationProblem(SGXAttestation.zero(), none), undefined);
  }
  assert.equal(sgxConstraintsProblem(versionOne, features(PCS), true), undefined);
  assert.equal(sgxAttestationProblem({ ...SGXAttestation.zero(), v: 1 }, features(PCS)), undefined);
  assert.notEqual(sgxConstraintsProblem({ ...versionOne, v: 2 }, features(PCS), true), undefined);
});

test("an FMSPC whitelist needs feature version 26.1, an empty one does not", () => {
  const pcs = '{"tcb_validity_period":30,"min_tcb_evaluation_data_number":1';
  const listed = policy(`{"pcs":${pcs},"fmspc_whitelist":["00606A000000"]}}`);
  assert.equal(quotePolicyProblem(listed, true), undefined);
  assert.equal(quotePolicyProblem(listed, false), "fmspc whitelist should be empty");
  assert.notEqual(sgxConstraintsProblem({ ...versionOne, policy: listed }, features(PCS), false), undefined);
  assert.equal(quotePolicyProblem(policy(`{"pcs":${pcs},"fmspc_whitelist":[]}}`), false), undefined);
  assert.equal(quotePolicyProblem(policy('{"ias":{}}'), false), undefined);
});

test("defaults fill what the constraints leave open, and PCS only where it is enabled", () => {
  const own = policy('{"ias":{"disabled":true}}');
  const defaults = policy(
    '{"ias":{"gid_blacklist":[1]},"pcs":{"tcb_validity_period":7,"min_tcb_evaluation_data_number":1}}',
  );
  const with_ = (pcs: boolean): TEEFeatures => ({
    sgx: { pcs, signedAttestations: false, defaultPolicy: defaults, maxAttestationAge: 99n, tdx: false },
    freshnessProofs: false,
  });
  assert.equal(withDefaultConstraints(versionOne, null), versionOne);
  assert.deepEqual(withDefaultConstraints(versionOne, features(PCS)), versionOne);
  assert.deepEqual(withDefaultConstraints(versionOne, with_(true)), {
    ...versionOne,
    policy: defaults,
    maxAttestationAge: 99n,
  });
  assert.deepEqual(withDefaultConstraints({ ...versionOne, policy: own, maxAttestationAge: 5n }, with_(false)), {
    ...versionOne,
    policy: { ias: own.ias, pcs: null },
    maxAttestationAge: 5n,
  });
});

test("no constraints are those that allow nothing, an empty byte string is malformed", () => {
  assert.deepEqual(decodeSgxConstraints(null).enclaves, []);
  assert.throws(() => decodeSgxConstraints(new Uint8Array()));
  assert.throws(() => decodeSgxConstraints(Uint8Array.of(0xa1, 0x61, 0x76, 0x00)), /unknown/, "explicit version 0");
});
