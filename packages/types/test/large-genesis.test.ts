import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLargeGenesis } from "./large-genesis.ts";

const SIZE = 50_000_000;

test("a genesis document of 50 MB loads within four times its size", { timeout: 120_000 }, (t) => {
  const { accountsWritten, loading } = loadLargeGenesis(SIZE);
  t.diagnostic(JSON.stringify(loading));
  assert.ok(loading.sizeBytes >= SIZE);
  assert.equal(loading.accounts, accountsWritten);
  // The runtime itself does not grow with the document; the soak test of 200 MB counts it in.
  assert.ok(loading.peakBytes - loading.baseBytes < 4 * loading.sizeBytes, `${loading.peakBytes} bytes`);
});
