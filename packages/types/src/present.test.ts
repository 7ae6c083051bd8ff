import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, decodeJson, isDecodeError, list, u64 } from "@wadi/codec";
import { fromHex } from "@wadi/util";

import { Genesis as GovernanceGenesis } from "./governance/parameters.ts";
import { present } from "./present.ts";
import { Event } from "./staking/events.ts";

test("null is refused where a value must be, with its place", () => {
  assert.throws(() => decodeCbor(list(present(u64)), fromHex("8201f6")), /\[1\].*null entry/);
  assert.throws(() => decodeJson(list(present(u64)), "[1,null]"), /\[1\].*null entry/);
  assert.deepEqual(decodeCbor(list(u64), fromHex("8201f6")), [1n, 0n]);
  assert.throws(() => decodeJson(GovernanceGenesis, '{"proposals":[null]}'), /proposals\[0\]: null entry/);
});

test("a height that no chain reaches is refused, not rounded", () => {
  const event = (height: string): Uint8Array => fromHex(`a166686569676874${height}`);
  assert.equal(decodeCbor(Event, event("1b001fffffffffffff")).height, Number.MAX_SAFE_INTEGER);
  for (const height of ["1b0020000000000000", "1bffffffffffffffff", "3bffffffffffffffff"]) {
    assert.throws(() => decodeCbor(Event, event(height)), isDecodeError, height);
  }
});
