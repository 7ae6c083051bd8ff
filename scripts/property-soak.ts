// The unit tests with new property seeds: `npm test` always takes the same one.
//
//   node --conditions=wadi-source scripts/property-soak.ts [RUNS]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, testFiles } from "./source-files.ts";

const runs = Number(process.argv[2] ?? "5");
let failed = 0;
for (let run = 1; run <= runs; run++) {
  const seed = Math.floor(Math.random() * 0x7fffffff);
  const result = spawnSync(
    process.execPath,
    [
      "--conditions=wadi-source",
      `--import=${join(root, "scripts", "property-seed.ts")}`,
      "--test",
      "--test-isolation=none",
      "--test-reporter=dot",
      ...testFiles("src"),
    ],
    { cwd: root, encoding: "utf8", env: { ...process.env, WADI_PROPERTY_SEED: String(seed) }, maxBuffer: 1 << 28 },
  );
  if (result.status !== 0) {
    failed++;
    process.stdout.write(result.stdout.slice(-8_000));
  }
  process.stdout.write(
    `property tests: run ${run} of ${runs}, seed ${seed}: ${result.status === 0 ? "ok" : "FAILED"}\n`,
  );
}
process.exitCode = failed === 0 ? 0 : 1;
