import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crashTest } from "./crash-run.ts";

const kills = Number(process.env["WADI_CRASH_KILLS"] ?? 20);
const seed = Number(process.env["WADI_CRASH_SEED"] ?? 1);

test(`a database survives ${kills} kills (seed ${seed})`, { timeout: 60_000 + kills * 3000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-crash-"));
  try {
    const summary = await crashTest(folder, kills, seed);
    t.diagnostic(`${summary.versions} versions, ${summary.sizeBytes} bytes`);
    assert.ok(summary.versions > BigInt(kills) / 2n, "the writer hardly got anywhere");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
