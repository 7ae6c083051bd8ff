// Lint (type-aware), format and rank check of the whole tree.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { checkRanks } from "./check-ranks.ts";
import { root } from "./source-files.ts";

/** Runs a program of node_modules/.bin; its output goes to ours. */
function tool(name: string, args: readonly string[]): boolean {
  const result = spawnSync(join(root, "node_modules", ".bin", name), args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return result.status === 0;
}

const problems = checkRanks();
for (const problem of problems) process.stdout.write(`${problem}\n`);
const linted = tool("oxlint", [
  "-c",
  ".oxlintrc.json",
  "--type-aware",
  "--deny-warnings",
  "packages",
  "runtimes",
  "scripts",
]);
const formatted = tool("oxfmt", ["--check", "."]);
if (!formatted) process.stdout.write('run "npm run format" to lay the files out\n');
process.exitCode = problems.length === 0 && linted && formatted ? 0 : 1;
