import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { signalNetwork, signalText } from "./signal-run.ts";

const SIGNALS = 5;

test("a signal ends a network at any moment of its start, and nothing is left", { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env["WADI_KILL_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "wadi-signal-"));
  const summary = await signalNetwork({ folder, signals: SIGNALS, seed });
  t.diagnostic(signalText(summary));
  assert.equal(summary.signals, SIGNALS);
  rmSync(folder, { recursive: true, force: true });
});
