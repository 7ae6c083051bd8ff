import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";

import { BlockMetadata } from "./blocks.ts";
import { validateBlockMetadata } from "./metadata.ts";

test("the events root has 32 bytes", () => {
  validateBlockMetadata(create(BlockMetadata, { eventsRoot: new Uint8Array(32) }));
  for (const eventsRoot of [null, new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
    assert.throws(() => validateBlockMetadata(create(BlockMetadata, { eventsRoot })), { name: "ValidationError" });
  }
});
