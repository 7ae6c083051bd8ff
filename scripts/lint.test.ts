import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { root } from "./source-files.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-lint-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
cpSync(join(root, ".oxlintrc.json"), join(scratch, ".oxlintrc.json"));

/** What lint says about `text` at `path`; the project's own configuration decides. */
function lint(path: string, text: string): string {
  const file = join(scratch, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const result = spawnSync(
    join(root, "node_modules", ".bin", "oxlint"),
    ["-c", ".oxlintrc.json", "--format=unix", path],
    {
      cwd: scratch,
      encoding: "utf8",
    },
  );
  return `${result.stdout}${result.stderr}`;
}

const impure: readonly (readonly [string, string])[] = [
  ["the clock", "export const f = (): number => Date.now();"],
  ["a date", "export const f = (): unknown => new Date();"],
  ["a high-resolution clock", "export const f = (): number => performance.now();"],
  ["a timer", "export const f = (): unknown => setTimeout(() => undefined, 1);"],
  ["an interval", "export const f = (): unknown => setInterval(() => undefined, 1);"],
  ["Math.random", "export const f = (): number => Math.random();"],
  ["random bytes", 'import { randomBytes } from "node:crypto";\nexport const f = (): unknown => randomBytes(1);'],
  ["web crypto", "export const f = (): unknown => crypto.getRandomValues(new Uint8Array(1));"],
  ["files", 'import { readFileSync } from "node:fs";\nexport const f = readFileSync;'],
  ["file promises", 'import { readFile } from "node:fs/promises";\nexport const f = readFile;'],
  ["sockets", 'import { connect } from "node:net";\nexport const f = connect;'],
  ["child processes", 'import { spawn } from "node:child_process";\nexport const f = spawn;'],
  ["the process", "export const f = (): unknown => process.env;"],
  ["the network", 'export const f = (): unknown => fetch("http://localhost");'],
];

for (const [what, text] of impure) {
  test(`a pure package may not use ${what}`, () => {
    assert.match(lint("packages/types/src/impure.ts", text), /no-restricted-/, text);
    assert.match(lint("packages/mkvs/src/impure.ts", text), /no-restricted-/, text);
    assert.doesNotMatch(lint("packages/cli/src/impure.ts", text), /no-restricted-/, text);
  });
}

test("hashing is no door to the outside", () => {
  const text =
    'import { hash } from "node:crypto";\nexport const f = (b: Uint8Array): string => hash("sha512-256", b);';
  assert.doesNotMatch(lint("packages/types/src/pure.ts", text), /no-restricted-/);
});
