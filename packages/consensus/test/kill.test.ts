import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { killText, killValidator } from "./kill-run.ts";

const KILLS = 20;

test("a validator that is killed goes on, never signs twice, and keeps the state of its blocks", async (t) => {
  const seed = Number(process.env["WADI_KILL_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "wadi-kill-"));
  const summary = await killValidator({ folder, kills: KILLS, seed });
  t.diagnostic(killText(summary));
  assert.ok(summary.blocks >= KILLS, `${summary.blocks} blocks`);
  rmSync(folder, { recursive: true, force: true });
});
