// A first look at Wadi: a whole network in one process, with a ParaTime in its sandbox, some
// transactions, and what the node says about itself. Stays up until Ctrl-C; `--once` ends instead.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeProblem, sandboxProblems } from "../packages/runtime-host/src/sandbox/prerequisites.ts";
import { root } from "./source-files.ts";

// As bin/oasis-node has it.
enableCompileCache(join(root, "dist", ".compile-cache"));

const SANDBOX_BINARY = "/usr/bin/bwrap";

const args = ["localnet", "--demo", ...process.argv.slice(2)];
const problems = args.includes("--unconfined") ? [] : await sandboxProblems(SANDBOX_BINARY);
if (problems.length > 0) {
  process.stderr.write(
    [
      "Warning: this machine cannot make the sandbox that ParaTimes run in:",
      ...problems.map((problem) => `  ${describeProblem(problem)}`),
      "The sample ParaTime therefore runs WITHOUT a sandbox, with all rights of this user.",
      "",
    ].join("\n"),
  );
  args.push("--unconfined");
}

process.stderr.write(`$ oasis-node ${args.join(" ")}\n`);
// The program itself, in this process, so that Ctrl-C and the exit code are its own.
const program = join(root, "dist", "oasis-node", "bin.js");
process.argv = [process.execPath, program, ...args];
await import(pathToFileURL(program).href);
