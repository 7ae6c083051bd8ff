import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, encodeCbor, encodeJson, float64, probeVersion, type Schema } from "@wadi/codec";
import { toHex } from "@wadi/util";
import fc from "fast-check";

import { allSchemas } from "../test/all-schemas.ts";
import { arbitrary, type Choices } from "../test/arbitrary.ts";
import { StatusState } from "./consensus/kinds.ts";
import { ProposalState, Vote } from "./governance/kinds.ts";
import { Address, parseAddress } from "./node/address.ts";
import { RolesMask } from "./node/roles.ts";
import { RuntimeGovernanceModel } from "./registry/kinds.ts";
import { Timestamp } from "./roothash/block.ts";
import { CommitteeKind, Role } from "./scheduler/kinds.ts";
import { ISVEnclaveQuoteStatus } from "./sgx/ias.ts";
import { SlashReason, ThresholdKind } from "./staking/kinds.ts";

const RUNS = 15;

test("every structure gives back what was written", () => {
  const schemas = allSchemas();
  assert.ok(schemas.size > 300, `found ${schemas.size}`);
  for (const [name, schema] of schemas) {
    const property = fc.property(arbitrary(schema), (value) => {
      const encoded = encodeCbor(schema, value);
      const decoded = decodeCbor(schema, encoded);
      assert.deepEqual(decoded, value, name);
      assert.equal(toHex(encodeCbor(schema, decoded)), toHex(encoded), name);
    });
    fc.assert(property, { numRuns: RUNS });
  }
});

/** Values that have a JSON form the reference also reads. */
const printable: Choices = new Map<Schema<unknown>, fc.Arbitrary<unknown>>(
  (
    [
      [Address, fc.constantFrom("1.2.3.4:5", "[2001:db8::1]:26656", "[fe80::1%eth0]:80").map(parseAddress)],
      [float64, fc.double({ min: 0, max: 1, noNaN: true })],
      [RolesMask, fc.constantFrom(1, 2, 4, 8, 32, 47)],
      [Timestamp, fc.bigInt({ min: 0n, max: 1n << 37n })],
      [CommitteeKind, fc.constant(1)],
      [Role, fc.constantFrom(1, 2)],
      [RuntimeGovernanceModel, fc.constantFrom(1, 2, 3)],
      [ProposalState, fc.constantFrom(1, 2, 3, 4)],
      [Vote, fc.constantFrom(1, 2, 3)],
      [ThresholdKind, fc.nat({ max: 7 })],
      [SlashReason, fc.constantFrom(0, 4, 128, 129, 130)],
      [StatusState, fc.nat({ max: 1 })],
      [ISVEnclaveQuoteStatus, fc.integer({ min: 1, max: 10 })],
    ] as const
  ).map(([schema, choice]) => [schema, choice]),
);

test("JSON is read as it was printed", () => {
  for (const [name, schema] of allSchemas()) {
    const property = fc.property(arbitrary(schema, printable), (value) => {
      const text = encodeJson(schema, value);
      const read = decodeJson(schema, text);
      assert.equal(encodeJson(schema, read), text, name);
      assert.equal(encodeJson(schema, decodeJson(schema, encodeJson(schema, value, { indent: 2 }))), text, name);
    });
    fc.assert(property, { numRuns: RUNS });
  }
});

test("the zero value of every structure survives", () => {
  for (const [name, schema] of allSchemas()) {
    if (schema.shape.kind === "versioned") continue;
    const encoded = encodeCbor(schema, schema.zero());
    // Not the same value where a raw item was absent: it comes back as the null item.
    assert.equal(toHex(encodeCbor(schema, decodeCbor(schema, encoded))), toHex(encoded), name);
    assert.deepEqual(decodeCbor(schema, Uint8Array.of(0xf6)), schema.zero(), `${name} from null`);
  }
});

test("property order of the object does not matter", () => {
  for (const [name, schema] of allSchemas()) {
    if (schema.shape.kind !== "struct") continue;
    const property = fc.property(arbitrary(schema), (value) => {
      const reversed = Object.fromEntries(Object.entries(value as object).toReversed());
      assert.equal(toHex(encodeCbor(schema, reversed)), toHex(encodeCbor(schema, value)), name);
    });
    fc.assert(property, { numRuns: 3 });
  }
});

test("versioned structures carry their version", () => {
  const versioned = [...allSchemas()].filter(([, { shape }]) => shape.kind === "versioned");
  assert.equal(versioned.length, 4);
  for (const [name, schema] of versioned) {
    if (schema.shape.kind !== "versioned") continue;
    const newest = Math.max(...schema.shape.versions.keys());
    const [value] = fc.sample(arbitrary(schema), 1);
    assert.equal(probeVersion(encodeCbor(schema, value)), newest, name);
  }
});
