// Runs the benchmarks, each file in a process of its own, and prints one JSON line per measurement.
//
//   npm run bench [-- WORD...]     only files whose path contains one of the words
import { spawnSync } from "node:child_process";
import { root, walk, workspacePackages } from "./source-files.ts";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
let failed = false;
let ran = 0;
for (const { folder } of workspacePackages()) {
  for (const file of walk(folder, (p) => p.endsWith(".bench.ts"))) {
    const inside = file.slice(root.length + 1);
    if (words.length > 0 && !words.some((word) => inside.includes(word))) continue;
    ran++;
    const result = spawnSync(process.execPath, ["--conditions=wadi-source", "--expose-gc", file], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (result.status !== 0) {
      process.stderr.write(`${inside}: exit code ${result.status ?? result.signal}\n`);
      failed = true;
    }
  }
}
if (ran === 0) process.stderr.write(`bench: no file's path contains ${words.join(" or ")}\n`);
process.exitCode = failed || ran === 0 ? 1 : 0;
