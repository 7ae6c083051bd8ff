import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { namespaceFromHex } from "@wadi/crypto";

import { PolicySGX, SignedPolicySGX } from "./policy.ts";
import { CreateRequest, UpdateRequest } from "./requests.ts";
import { validateCreateRequest, validateUpdateRequest } from "./validate.ts";

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
