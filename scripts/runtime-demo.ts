// The sample ParaTime from its sources to a running sandbox: builds the bundle, hosts it with a
// chain in memory, makes some calls and checks what comes back.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./source-files.ts";

const program = join(root, "bin", "oasis-node");
const scratch = mkdtempSync(join(tmpdir(), "wadi-runtime-demo-"));
const bundle = join(scratch, "keyvalue.orc");
const id = `80${"00".repeat(31)}`;

/** Runs the program, shows what it prints, and returns it. */
function show(args: readonly string[], input = ""): string {
  process.stdout.write(`\n$ oasis-node ${args.join(" ")}\n`);
  const result = spawnSync(program, args, { cwd: root, input, encoding: "utf8", stdio: ["pipe", "pipe", "inherit"] });
  process.stdout.write(result.stdout);
  if (result.status !== 0) throw new Error(`exit code ${result.status ?? result.signal}`);
  return result.stdout;
}

function expect(text: string, wanted: string): void {
  if (!text.includes(wanted)) throw new Error(`the output lacks ${wanted}`);
}

const commands = [
  'call insert {"key":"hello","value":"world"}',
  'call get {"key":"hello"}',
  'query get {"key":"hello"}',
  'call remove {"key":"hello"}',
  "state",
];

try {
  show([
    "bundle",
    "create",
    "--entry",
    "runtimes/keyvalue/src/main.ts",
    "--id",
    id,
    "--name",
    "keyvalue",
    "-o",
    bundle,
  ]);
  process.stdout.write(`\nThe console gets:\n${commands.map((line) => `  ${line}\n`).join("")}`);
  const output = show(["runtime", "run", bundle], `${commands.join("\n")}\n`);
  expect(output, 'result: {"Success":"world"}');
  expect(output, 'answer: "world"');
  expect(output, "round 3, state root");
  process.stdout.write("\nThe sample runtime was built, ran in its sandbox and answered as it should.\n");
} catch (e) {
  process.stdout.write(`\nThe demonstration failed: ${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
