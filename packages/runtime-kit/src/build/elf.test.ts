import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { stripElf } from "./elf.ts";
import { ErrUnusableNode } from "./errors.ts";

const isLinux = process.platform === "linux";

test("a stripped program is smaller and runs", { skip: !isLinux && "ELF files are for Linux" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-elf-"));
  try {
    const original = readFileSync(process.execPath);
    const stripped = stripElf(original);
    const path = join(folder, "node");
    writeFileSync(path, stripped);
    chmodSync(path, 0o755);
    assert.ok(stripped.length <= original.length);
    assert.equal(spawnSync(path, ["-p", "6 * 7"], { encoding: "utf8" }).stdout, "42\n");
    assert.deepEqual(stripElf(stripped), stripped, "there is nothing more to take");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what is no ELF file is refused with a typed error", () => {
  const head = Buffer.concat([Buffer.from("7f454c460201", "hex"), Buffer.alloc(58)]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isElf) => {
      const file = isElf ? Buffer.concat([head, bytes]) : Buffer.from(bytes);
      if (isElf) file.set(bytes.subarray(0, 24), 40);
      try {
        stripElf(file);
      } catch (e) {
        assert.ok(isError(e, ErrUnusableNode), String(e));
      }
    }),
  );
});
