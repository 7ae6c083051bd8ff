import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isError } from "@wadi/util";
import { ErrStoreFailed, ErrStoreReadOnly } from "./errors.ts";
import type { KvSnapshot } from "./kv-store.ts";
import { LmdbStore } from "./lmdb-store.ts";
import { complianceTests } from "./testing/compliance.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-kv-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `store-${count++}.mdb`);

/** Bytes of a mapped file that are resident memory of this process. */
function residentBytes(path: string): number {
  let total = 0;
  let inside = false;
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) inside = line.endsWith(path);
    else if (inside && line.startsWith("Rss:")) total += Number(line.replace(/\D/g, "")) * 1024;
  }
  return total;
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

complianceTests("LmdbStore", () => new LmdbStore({ path: freshPath(), noSync: true }));
complianceTests("LmdbStore without resident pages", () => {
  return new LmdbStore({ path: freshPath(), noSync: true, residentBytes: 0 });
});

describe("LmdbStore on disk", () => {
  test("keeps its content over a reopening, with and without syncing", async () => {
    for (const noSync of [false, true]) {
      const path = freshPath();
      {
        await using store = new LmdbStore({ path, noSync });
        store.write((batch) => batch.put(bytes("a"), bytes("1")));
        await store.sync();
      }
      await using store = new LmdbStore({ path, noSync });
      assert.deepEqual(store.get(bytes("a")), bytes("1"));
    }
  });

  test("keeps few pages of its file resident", { skip: process.platform !== "linux" }, async () => {
    const path = freshPath();
    await using store = new LmdbStore({ path, noSync: true, residentBytes: 8_000_000 });
    const value = (i: number): Uint8Array => new Uint8Array(2000).fill(i);
    const key = (i: number): Uint8Array => bytes(`k${String(i).padStart(6, "0")}`);
    store.write((batch) => {
      for (let i = 0; i < 20_000; i++) batch.append(key(i), value(i));
    });
    const largest: Record<string, number> = { gets: 0, entries: 0, snapshot: 0, transaction: 0 };
    const look = (way: string): void => {
      largest[way] = Math.max(largest[way] as number, residentBytes(path));
    };
    const readAll = (way: string, get: (key: Uint8Array) => Uint8Array | undefined): void => {
      for (let n = 0; n < 5000; n++) {
        const i = (n * 7919) % 20_000;
        const got = get(key(i));
        assert.ok(got !== undefined && Buffer.compare(got, value(i)) === 0, `${way} ${i}`);
        if (n % 1000 === 999) look(way);
      }
    };
    readAll("gets", (k) => store.get(k));
    let seen = 0;
    for (const entry of store.entries()) {
      assert.equal(Buffer.compare(entry.value, value(seen)), 0, `entry ${seen}`);
      if (++seen % 4000 === 0) look("entries");
    }
    assert.equal(seen, 20_000);
    {
      using snapshot = store.snapshot();
      readAll("snapshot", (k) => snapshot.get(k));
    }
    store.write((batch) => {
      batch.put(bytes("k"), bytes("first"));
      readAll("transaction", (k) => batch.get(k));
      assert.deepEqual(batch.get(bytes("k")), bytes("first"));
    });
    assert.ok(store.sizeBytes() > 40_000_000);
    for (const [way, most] of Object.entries(largest)) assert.ok(most < 16_000_000, `${way}: ${most}`);
  });

  test("reuses the space of deleted entries", async () => {
    await using store = new LmdbStore({ path: freshPath(), noSync: true });
    const value = new Uint8Array(500);
    const key = (i: number): Uint8Array => bytes(`k${String(i).padStart(9, "0")}`);
    const sizes: number[] = [];
    for (let round = 0; round < 40; round++) {
      store.write((batch) => {
        for (let i = 0; i < 500; i++) batch.append(key(round * 500 + i), value);
        batch.deleteRange(key(0), key((round - 3) * 500));
      });
      sizes.push(store.sizeBytes());
    }
    assert.ok((sizes[39] as number) <= (sizes[19] as number) * 1.1, `still growing: ${sizes.join(" ")}`);
  });

  test("a read-only store refuses writes and needs an existing file", async () => {
    const path = freshPath();
    assert.throws(
      () => new LmdbStore({ path, readOnly: true }),
      (e) => isError(e, ErrStoreFailed),
    );
    {
      await using store = new LmdbStore({ path });
      store.write((batch) => batch.put(bytes("a"), bytes("1")));
    }
    await using reader = new LmdbStore({ path, readOnly: true });
    assert.deepEqual(reader.get(bytes("a")), bytes("1"));
    assert.throws(
      () => reader.write((batch) => batch.put(bytes("a"), bytes("2"))),
      (e) => isError(e, ErrStoreReadOnly),
    );
  });

  test("more open snapshots than LMDB has readers are refused, and no others", async () => {
    await using store = new LmdbStore({ path: freshPath(), noSync: true });
    const snapshots: KvSnapshot[] = [];
    const readAnother = (): void => {
      store.write((batch) => batch.put(bytes("a"), bytes(String(snapshots.length))));
      const snapshot = store.snapshot();
      snapshots.push(snapshot);
      assert.deepEqual(snapshot.get(bytes("a")), bytes(String(snapshots.length - 1)));
    };
    const isFull = (e: unknown): boolean => isError(e, ErrStoreFailed);
    assert.throws(() => {
      for (let i = 0; i < 1000; i++) readAnother();
    }, isFull);
    assert.ok(snapshots.length > 100);
    assert.throws(() => store.get(bytes("a")), isFull);
    assert.throws(() => Array.from(store.entries()), isFull);
    assert.throws(() => Array.from(store.keys()), isFull);
    assert.deepEqual(snapshots[7]?.get(bytes("a")), bytes("7"));
    for (const snapshot of snapshots.splice(0)) snapshot[Symbol.dispose]();
    readAnother();
    for (const snapshot of snapshots) snapshot[Symbol.dispose]();
  });

  test("a file that is no store is refused", () => {
    const path = freshPath();
    writeFileSync(path, "this is not a database, but long enough to hold a page header".repeat(400));
    assert.throws(
      () => new LmdbStore({ path }),
      (e) => isError(e, ErrStoreFailed),
    );
  });

  test("another process reads beside the writer and follows it while the file grows", { timeout: 30_000 }, async () => {
    const path = freshPath();
    await using store = new LmdbStore({ path, noSync: true });
    store.write((batch) => batch.put(bytes("round"), bytes("0")));
    const program = `
      import { LmdbStore } from ${JSON.stringify(new URL("./lmdb-store.ts", import.meta.url).href)};
      const store = new LmdbStore({ path: ${JSON.stringify(path)}, readOnly: true });
      process.stdin.on("data", () => {
        using snapshot = store.snapshot();
        const seen = Buffer.from(snapshot.get(Buffer.from("round"))).toString();
        process.stdout.write(seen + ":" + Array.from(snapshot.keys()).length + "\\n");
      });`;
    const child = spawn(process.execPath, ["--conditions=wadi-source", "--input-type=module", "-e", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      for (let round = 1; round <= 4; round++) {
        store.write((batch) => {
          batch.put(bytes("round"), bytes(String(round)));
          batch.put(bytes(`big${round}`), new Uint8Array(3_000_000));
        });
        child.stdin.write("?");
        const [answer] = (await once(child.stdout, "data")) as [Buffer];
        assert.equal(answer.toString(), `${round}:${round + 1}\n`);
      }
    } finally {
      child.stdin.end();
      child.kill();
      await once(child, "exit");
    }
  });
});
