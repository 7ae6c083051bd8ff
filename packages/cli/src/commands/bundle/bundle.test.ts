import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { runCli } from "../../testing/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-bundle-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const ID = `8${"0".repeat(62)}1`;

const bundle = (...argv: readonly string[]) => runCli("bundle", ...argv);

writeFileSync(at("runtime.elf"), "\x7fELF");
writeFileSync(at("app.elf"), "\x7fELF app");

test("create, verify, inspect", async () => {
  const created = await bundle(
    "create",
    "--id",
    ID,
    "--name",
    "sample",
    "--runtime-version",
    "1.2.3",
    "--elf",
    at("runtime.elf"),
    "-o",
    at("a.orc"),
  );
  assert.equal(created.err, "");
  assert.equal(created.code, 0);
  const [, hash = ""] = /manifest hash: ([0-9a-f]{64})\n/.exec(created.out) ?? [];
  assert.match(created.out, /^.*a\.orc\nmanifest hash: [0-9a-f]{64}\nsize: \d+ bytes\n$/);

  const valid = await bundle("verify", at("a.orc"), "--hash", hash.toUpperCase(), "--id", ID);
  assert.deepEqual(valid, {
    code: 0,
    out: `bundle is valid\nmanifest hash: ${hash}\nruntime ID: ${ID}\n`,
    err: "",
  });
  const other = await bundle("verify", at("a.orc"), "--hash", "0".repeat(64));
  assert.equal(other.code, 1);
  assert.match(other.err, /^Error: runtime\/bundle: invalid manifest \(got: [0-9a-f]+, expected: 0+\)\n$/);

  const shown = await bundle("inspect", at("a.orc"));
  assert.equal(
    shown.out,
    `manifest hash: ${hash}\nname:          sample\nruntime ID:    ${ID}\ncomponents:\n` +
      "  ronl: version 1.2.3, TEE none\nfiles:\n  runtime.elf: 4 bytes\n",
  );
  const json = JSON.parse((await bundle("inspect", "--json", at("a.orc"))).out) as { id: string };
  assert.equal(json.id, ID);
});

test("create from a manifest: a detached bundle", async () => {
  const manifest = { id: ID, components: [{ kind: "rofl", name: "app", elf: { executable: "app.elf" } }] };
  writeFileSync(at("manifest.json"), JSON.stringify(manifest));
  const created = await bundle("create", "--manifest", at("manifest.json"), "-o", at("b.orc"));
  assert.equal(created.code, 0, created.err);
  const shown = await bundle("inspect", at("b.orc"));
  assert.match(shown.out, /\nform: {10}detached\ncomponents:\n {2}rofl \(app\): version 0\.0\.0, TEE none\n/);
});

test("what cannot be done is one line, and leaves nothing", async () => {
  writeFileSync(at("bad.json"), JSON.stringify({ id: ID, components: [{ kind: "tool", name: "abc" }] }));
  writeFileSync(
    at("lost.json"),
    JSON.stringify({ id: ID, components: [{ kind: "ronl", elf: { executable: "lost" } }] }),
  );
  writeFileSync(at("no.orc"), "no archive");
  const before = readdirSync(folder);
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["create"], /^Error: either --manifest is needed, or --id and one of --entry and --elf\n$/],
    [["create", "--entry", "main.ts"], /^Error: --entry needs --id\n$/],
    [["create", "--id", "12", "--elf", at("app.elf")], /^Error: runtime\/bundle: failed to parse manifest: /],
    [["create", "--manifest", at("bad.json"), "-o", at("c")], /unknown component kind: 'tool'\n$/],
    [["create", "--manifest", at("lost.json"), "-o", at("c")], /lost: no such file or directory\n$/],
    [["create", "--manifest", at("absent.json")], /absent\.json: no such file or directory\n$/],
    [["verify", at("no.orc")], /^Error: runtime\/bundle: failed to open bundle: /],
    [["verify", at("no.orc"), "--hash", "12"], /^Error: --hash takes 64 hexadecimal digits\n$/],
    [["inspect", at("absent.orc")], /ENOENT/],
    [["inspect"], /^Error: missing required argument 'bundle'\nRun 'oasis-node bundle inspect --help' for usage.\n$/],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = await bundle(...argv);
    assert.deepEqual([code, out], [1, ""], argv.join(" "));
    assert.match(err, message, argv.join(" "));
    assert.equal(err.trimEnd().split("\n").length, argv.length === 1 && argv[0] === "inspect" ? 2 : 1);
  }
  assert.deepEqual(readdirSync(folder), before);
});
