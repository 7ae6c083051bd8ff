import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isError } from "@wadi/util";
import { ErrStoreFailed, ErrStoreReadOnly } from "./errors.ts";
import { LmdbStore } from "./lmdb-store.ts";
import { complianceTests } from "./testing/compliance.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-kv-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `store-${count++}.mdb`);

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

complianceTests("LmdbStore", () => new LmdbStore({ path: freshPath(), noSync: true }));

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
        const seen = Buffer.from(store.get(Buffer.from("round"))).toString();
        process.stdout.write(seen + ":" + Array.from(store.keys()).length + "\\n");
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
