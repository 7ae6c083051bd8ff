import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { killNetwork } from "./kill-run.ts";
import { killText, requireQuickRestarts } from "./restart-times.ts";

const KILLS = 20;
/** On a slow machine there are fewer kills; `npm run soak` has more. */
const LIMIT_MS = 55_000;

test("a killed network loses nothing, signs nothing twice and is soon back", { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env["WADI_KILL_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "wadi-network-kill-"));
  const summary = await killNetwork({ folder, kills: KILLS, limitMs: LIMIT_MS, seed });
  t.diagnostic(killText(summary));
  assert.ok(summary.kills > 2 && summary.final >= summary.kills - summary.early, JSON.stringify(summary));
  requireQuickRestarts(summary);
  rmSync(folder, { recursive: true, force: true });
});
