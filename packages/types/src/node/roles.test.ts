import assert from "node:assert/strict";
import { test } from "node:test";
import { isDecodeError } from "@wadi/codec";

import { formatRoles, hasAnyRole, parseRoles, RESERVED_ROLES, roleNames, roles, rolesOf } from "./roles.ts";

test("every mask without reserved bits has a text that gives it back", () => {
  for (let mask = 1; mask < 64; mask++) {
    if ((mask & RESERVED_ROLES) !== 0) assert.equal(formatRoles(mask), "[invalid roles]");
    else assert.equal(parseRoles(formatRoles(mask)), mask);
  }
});

test("reserved bits are those without a name", () => {
  const named = roleNames.reduce((mask, [bit]) => mask | bit, 0);
  assert.equal(~named >>> 0, RESERVED_ROLES);
});

test("repeated, unknown and empty names are refused", () => {
  for (const text of ["compute,compute", "", "validator,", "reserved"]) {
    assert.throws(() => parseRoles(text), isDecodeError, text);
  }
});

test("overlap is what counts", () => {
  const mask = roles.compute | roles.validator;
  assert.ok(hasAnyRole(mask, roles.validator | roles.observer));
  assert.ok(!hasAnyRole(mask, roles.observer));
  assert.deepEqual(rolesOf(mask), [roles.compute, roles.validator]);
});
