import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isError } from "@wadi/util";

import { ErrStoreFailed } from "../src/errors.ts";
import { LmdbStore } from "../src/lmdb-store.ts";

const disk = mkdtempSync(join(tmpdir(), "wadi-kv-full-"));
const { error, status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], {
  encoding: "utf8",
});
const isMounted = error === undefined && status === 0;
const skip = !isMounted && `no small disk can be mounted here: ${error?.message ?? stderr.trim()}`;
after(() => {
  if (isMounted) spawnSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Writes values of 64 kB until one is refused; how many are in, and why no more. */
function fill(store: LmdbStore): { readonly count: number; readonly refusal: Error } {
  for (let count = 0; ; count++) {
    try {
      store.write((batch) => batch.put(Buffer.from(`key ${count}`), new Uint8Array(65_536).fill(count)));
    } catch (e) {
      assert.ok(isError(e, ErrStoreFailed), String(e));
      return { count, refusal: e as Error };
    }
  }
}

function checkContent(store: LmdbStore, count: number): void {
  assert.equal(Array.from(store.keys()).length, count);
  for (let i = 0; i < count; i++) assert.equal(store.get(Buffer.from(`key ${i}`))?.at(-1), i);
}

test("nothing is written once room is short, and what is there stays readable", { skip }, async () => {
  const path = join(disk, "margin.mdb");
  await using store = new LmdbStore({ path });
  const { count, refusal } = fill(store);
  assert.match(refusal.message, /margin\.mdb: ENOSPC: no space left on device: less than 4 MiB are free/);
  checkContent(store, count);
  rmSync(path);
});

test("a transaction that finds the disk full is the last one, and the store is as before it", { skip }, async () => {
  const path = join(disk, "none.mdb");
  let count: number;
  {
    await using store = new LmdbStore({ path, minFreeBytes: 0 });
    const filled = fill(store);
    ({ count } = filled);
    assert.match(filled.refusal.message, /none\.mdb: /);
    // The native code is not asked again: it does not bear many failures.
    for (let i = 0; i < 100; i++) assert.equal(fill(store).refusal, filled.refusal);
    checkContent(store, count);
  }
  await using store = new LmdbStore({ path, minFreeBytes: 0 });
  checkContent(store, count);
});
