import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";

import { checkLmdbFile, DamagedFile } from "./lmdb-file-check.ts";
import { LmdbStore } from "./lmdb-store.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-kv-damage-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "sound.mdb");

/** Three levels, values on pages of their own, and pages that were given back. */
async function makeStore(): Promise<Uint8Array> {
  await using store = new LmdbStore({ path, noSync: true });
  for (let round = 0; round < 4; round++) {
    store.write((batch) => {
      for (let i = 0; i < 1200; i++) {
        const key = Buffer.from(`key ${i} ${"x".repeat(i % 200)}`);
        const value = new Uint8Array(i % 50 === 0 ? 9000 : 60).fill(round);
        if ((i + round) % 3 === 0) batch.delete(key);
        else batch.put(key, value);
      }
    });
  }
  await store.sync();
  checkLmdbFile(path, "trees");
  return readFileSync(path);
}

/** Numbers from 0 up to a bound, the same for the same seed (xorshift32). */
function generator(seed: number): (bound: number) => number {
  let state = seed || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const sound = await makeStore();

test("a sound file passes, whatever was done with it, and an empty one too", () => {
  checkLmdbFile(path, "trees");
  checkLmdbFile(path, "header");
  const empty = join(folder, "empty.mdb");
  writeFileSync(empty, "");
  checkLmdbFile(empty, "trees");
});

test("what is no store is refused with what it is", () => {
  const cases: readonly (readonly [Uint8Array | "folder", RegExp])[] = [
    [new Uint8Array(10_000), /not an LMDB file/],
    [sound.subarray(0, 20), /its end is missing/],
    [sound.subarray(0, 5000), /page \d+ of 1 is referred to/],
    [sound.subarray(0, sound.length >> 1), /page \d+ of \d+ is referred to/],
    ["folder", /not a file/],
  ];
  for (const [i, [content, text]] of cases.entries()) {
    const file = join(folder, `wrong-${i}.mdb`);
    if (content === "folder") mkdirSync(file);
    else writeFileSync(file, content);
    assert.throws(
      () => checkLmdbFile(file, "trees"),
      (e) => e instanceof DamagedFile && text.test(e.message),
    );
  }
  mkdirSync(join(folder, "lock.mdb-lock"));
  writeFileSync(join(folder, "lock.mdb"), sound);
  assert.throws(() => checkLmdbFile(join(folder, "lock.mdb"), "trees"), /lock\.mdb-lock is not a file/);
});

test("no damage to a file ends the process that opens it", () => {
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const random = generator(seed);
  const files = Array.from({ length: 150 }, (_, i) => {
    const bytes = sound.slice(0, random(4) === 0 ? random(sound.length) : sound.length);
    for (let changes = random(60); changes > 0; changes--) {
      const at = random(bytes.length);
      // Half of them where pages begin: there are their headers and references.
      const index = random(2) === 0 ? at : at - (at % 4096) + (at % 97);
      if (index < bytes.length) bytes[index] = random(256);
    }
    const file = join(folder, `damaged-${i}.mdb`);
    writeFileSync(file, bytes);
    return file;
  });
  const program = fileURLToPath(new URL("testing/read-damaged.ts", import.meta.url));
  const { signal, status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--conditions=wadi-source", program, ...files],
    { encoding: "utf8" },
  );
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual([status, signal], [0, null], `after ${lines.at(-1)}: ${stderr}`);
  const outcomes = lines.map((line) => (JSON.parse(line) as { readonly outcome: string }).outcome);
  assert.equal(outcomes.length, files.length);
  assert.ok(outcomes.filter((one) => one !== "fine").length > files.length / 4, "damage is noticed");
});
