import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeCbor, encodeJson } from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import { ElectedEvent } from "./committee.ts";
import { committeeKinds } from "./kinds.ts";
import { ForceElectCommitteeRole } from "./parameters.ts";

const elected: ElectedEvent = { kinds: [committeeKinds.executor] };

test("kinds of committees are a byte string in CBOR and names in JSON", () => {
  assert.equal(toHex(encodeCbor(ElectedEvent, elected)), "a1656b696e64734101");
  assert.equal(encodeJson(ElectedEvent, elected), '{"kinds":["executor"]}');
  assert.deepEqual(decodeJson(ElectedEvent, '{"kinds":["executor"]}'), elected);
});

test("a list is read as well", () => {
  for (const hex of ["a1656b696e64734101", "a1656b696e64738101"]) {
    assert.deepEqual(decodeCbor(ElectedEvent, fromHex(hex)), elected, hex);
  }
  assert.throws(() => decodeCbor(ElectedEvent, fromHex("a1656b696e6473811901ff")), { name: "DecodeError" });
});

test("none are left out", () => {
  assert.equal(toHex(encodeCbor(ElectedEvent, { kinds: [] })), "a0");
  const roles = { kind: 1, roles: [1, 2], index: 0n };
  assert.equal(toHex(encodeCbor(ForceElectCommitteeRole, roles)), "a2646b696e640165726f6c6573420102");
});
