import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJson, encodeJson, EncodeError, isDecodeError } from "@wadi/codec";

import { Timestamp } from "./block.ts";

test("timestamps are printed in UTC and read in any zone", () => {
  assert.equal(encodeJson(Timestamp, 1_560_257_841n), '"2019-06-11T12:57:21Z"');
  assert.equal(decodeJson(Timestamp, '"2019-06-11T14:57:21+02:00"'), 1_560_257_841n);
  assert.equal(decodeJson(Timestamp, '"2019-06-11T12:57:21.9Z"'), 1_560_257_841n);
  assert.throws(() => decodeJson(Timestamp, "1560257841"), isDecodeError);
});

test("times before 1970 wrap into the upper half, as in the reference", () => {
  assert.equal(decodeJson(Timestamp, '"1969-12-31T23:59:59Z"'), (1n << 64n) - 1n);
  assert.equal(encodeJson(Timestamp, (1n << 64n) - 1n), '"1969-12-31T23:59:59Z"');
  assert.equal(encodeJson(Timestamp, decodeJson(Timestamp, '"0001-01-01T00:00:00Z"')), '"0001-01-01T00:00:00Z"');
  assert.throws(() => encodeJson(Timestamp, 1n << 62n), EncodeError);
});
