// What works so far, shown by the program itself: the executable checks the recorded networks'
// genesis documents, then the conformance ledger is run over every recorded block.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { conformanceFolder } from "../packages/testing/src/index.ts";
import { root } from "./source-files.ts";

let failed = false;

/** Shows a command and what it prints. */
function show(label: string, file: string, args: readonly string[]): void {
  process.stdout.write(`\n$ ${label}\n`);
  const result = spawnSync(file, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) failed = true;
}

const program = join(root, "bin", "oasis-node");
const scratch = mkdtempSync(join(tmpdir(), "wadi-start-"));
try {
  show("oasis-node --version", program, ["--version"]);
  for (const chain of readdirSync(join(conformanceFolder, "chains")).sort((a, b) => (a < b ? -1 : 1))) {
    const file = join(scratch, `${chain}.json`);
    writeFileSync(file, gunzipSync(readFileSync(join(conformanceFolder, "chains", chain, "genesis.json.gz"))));
    // The recorded networks ran with test keys and test parameters.
    const args = ["genesis", "check", "--genesis.file", file, "--debug.dont_blame_oasis", "--debug.allow_test_keys"];
    show(
      `oasis-node genesis check --genesis.file ${chain}.json --debug.dont_blame_oasis --debug.allow_test_keys`,
      program,
      args,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
show("npm run conformance -- chains", process.execPath, [
  "--conditions=wadi-source",
  "scripts/conformance.ts",
  "chains",
]);
process.stdout.write(
  failed
    ? "\nSomething above failed.\n"
    : "\nThis is what works so far; docs/status.md says what comes next, and `npm run conformance` shows the whole table.\n",
);
process.exitCode = failed ? 1 : 0;
