// The whole check of the project, step by step, with one closing line:
//
//   npm test                 types, lint, ledger, unit tests, process tests
//   npm run check            the same without the process tests
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, testFiles } from "./source-files.ts";

const quick = process.argv.includes("--quick");
const scratch = mkdtempSync(join(tmpdir(), "wadi-test-"));
const node = [process.execPath, "--conditions=wadi-source"] as const;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

/** A step takes some minutes; one that does not end, because a test left something running, is to fail and not to hang. */
const STEP_LIMIT_MS = 15 * 60_000;

function run(command: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const limit = setTimeout(() => {
      process.stdout.write(`\nthis step has not ended after ${STEP_LIMIT_MS / 60_000} minutes, and is ended\n`);
      child.kill("SIGKILL");
    }, STEP_LIMIT_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve(code === 0);
    });
  });
}

/** A step that counts as one passed or failed item. */
async function step(name: string, command: readonly string[]): Promise<void> {
  const start = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  const ok = await run(command);
  if (ok) totals.passed++;
  else totals.failed++;
  process.stdout.write(`== ${name}: ${ok ? "ok" : "FAILED"} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
}

/** The counts at the end of a TAP report. */
function tapTotals(file: string): Totals {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const count = (label: string): number => Number(new RegExp(`^# ${label} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail") + count("cancelled"), skipped: count("skipped") };
}

/** Runs test files; `isolated` gives each its own process. */
async function tests(name: string, files: readonly string[], isolated: boolean): Promise<void> {
  if (files.length === 0) return;
  const start = performance.now();
  process.stdout.write(`\n== ${name} (${files.length} files)\n`);
  const tap = join(scratch, `${name.replaceAll(" ", "-")}.tap`);
  const ok = await run([
    ...node,
    `--import=${join(root, "scripts", "property-seed.ts")}`,
    "--test",
    ...(isolated ? ["--test-concurrency=1"] : ["--test-isolation=none"]),
    "--test-reporter=dot",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${tap}`,
    ...files,
  ]);
  const counts = tapTotals(tap);
  if (!ok && counts.failed === 0) counts.failed = 1;
  if (ok && counts.passed === 0) counts.failed = 1; // a run that ran nothing proves nothing
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
  process.stdout.write(
    `\n== ${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${((performance.now() - start) / 1000).toFixed(1)} s)\n`,
  );
}

await step("types", [join(root, "node_modules", ".bin", "tsc"), "-b", "tsconfig.build.json"]);
await step("types of tests and scripts", [join(root, "node_modules", ".bin", "tsc"), "-p", "tsconfig.json"]);
await step("lint", [...node, "scripts/lint.ts"]);
await step("conformance", [...node, "scripts/conformance.ts"]);
await tests("unit tests", testFiles("src"), false);
if (!quick) await tests("process tests", testFiles("test"), true);
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\nwadi: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
