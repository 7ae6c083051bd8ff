import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { killTest } from "./kill-run.ts";

const KILLS = 20;

test("a validator that is killed goes on, never signs twice, and keeps the state of its blocks", async (t) => {
  const seed = Number(process.env["WADI_KILL_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "wadi-kill-"));
  const { blocks, signatures } = await killTest(folder, KILLS, seed);
  assert.ok(blocks >= KILLS, `${blocks} blocks`);
  // Proposal, prevote and precommit of each; the log of a lone validator may be a block behind when
  // it is killed, and a stored block shows its precommit only.
  assert.ok(signatures >= 3 * blocks - 2 * KILLS, `${signatures} signatures for ${blocks} blocks`);
  rmSync(folder, { recursive: true, force: true });
});
