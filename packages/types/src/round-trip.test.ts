import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, probeVersion } from "@wadi/codec";
import { toHex } from "@wadi/util";
import fc from "fast-check";

import { allSchemas } from "./testing/all-schemas.ts";
import { arbitrary } from "./testing/arbitrary.ts";

const RUNS = 25;

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
