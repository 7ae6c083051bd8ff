import assert from "node:assert/strict";
import { test } from "node:test";
import { isDecodeError } from "@wadi/codec";
import fc from "fast-check";

import { arbitrary } from "../../test/arbitrary.ts";
import { appNames, appOfEventType, allEventKinds, eventKinds, eventType, lookupEvent, type App } from "./attributes.ts";

const all = allEventKinds();

test("no two kinds share application and name", () => {
  assert.equal(all.length, Object.keys(eventKinds).length);
});

test("every event comes back from its attribute", () => {
  for (const kind of all) {
    const property = fc.property(arbitrary(kind.schema), (value) => {
      assert.deepEqual(kind.decode(kind.encode(value)), value, kind.kind);
    });
    fc.assert(property, { numRuns: 10 });
  }
});

test("events are found by application and kind", () => {
  for (const kind of all) assert.equal(lookupEvent(kind.app, kind.kind), kind);
  assert.equal(lookupEvent("staking", "vote"), undefined);
});

test("event types name the application", () => {
  for (const app of Object.keys(appNames) as App[]) assert.equal(appOfEventType(eventType(app)), app);
  assert.equal(eventType("keymanager"), "oasis_event_999_keymanager");
  assert.equal(appOfEventType("tx"), undefined);
});

test("attributes that are not base64 of a sound event are refused", () => {
  for (const text of ["", "%", "AA=", "/w==", "oA"]) {
    assert.throws(() => eventKinds.stakingTransfer.decode(text), isDecodeError, text);
  }
  for (const text of ["AA==", "%", `IA${"A".repeat(41)}=`]) {
    assert.throws(() => eventKinds.roothashRuntimeId.decode(text), isDecodeError, text);
  }
});
