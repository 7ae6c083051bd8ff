// The files of an engine: log, sign state, lock.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { WriteAheadLog } from "@wadi/comet-core";
import type { WadiError } from "@wadi/util";
import { isError, must } from "@wadi/util";
import { DirectoryLock } from "./directory-lock.ts";
import { makeFolder } from "./durable-files.ts";
import { ErrDirectoryInUse, ErrFile } from "./errors.ts";
import { SignStateFile } from "./sign-state-file.ts";
import { WalDirectory } from "./wal-directory.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-files-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test("the log's files: append, rotate, cut, copy, remove", (t) => {
  const folder = join(temporaryFolder(t), "a", "cs.wal");
  using files = new WalDirectory(folder);
  assert.deepEqual(files.rotated(), []);
  assert.equal(files.sizeBytes("head"), 0);
  files.append(bytes("one"));
  files.append(bytes("two"));
  files.sync();
  assert.deepEqual(files.read("head"), bytes("onetwo"));
  files.rotate(0);
  files.append(bytes("three"));
  files.rotate(1);
  files.append(bytes("four!"));
  assert.deepEqual(files.rotated(), [0, 1]);
  assert.deepEqual(files.read(1), bytes("three"));
  assert.equal(files.sizeBytes(0), 6);
  files.copyDamagedHead();
  files.truncateHead(4);
  files.append(bytes("?"));
  assert.deepEqual(files.read("head"), bytes("four?"), "appending goes on behind the cut");
  assert.deepEqual(readFileSync(join(folder, "wal.CORRUPTED"), "utf8"), "four!");
  files.remove(0);
  assert.deepEqual(files.rotated(), [1]);
  assert.equal(statSync(join(folder, "wal")).mode & 0o777, 0o600);
});

test("other files in the log's folder are let alone, and numbers go past three digits", (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["wal.CORRUPTED", "wal.01", "wal.1000", "wal.009x", "note"]) writeFileSync(join(folder, name), "");
  using files = new WalDirectory(folder);
  assert.deepEqual(files.rotated(), [1000]);
  files.rotate(1001);
  assert.ok(readdirSync(folder).includes("wal.1001"));
});

test("a log survives being closed and opened, rotation included", (t) => {
  const folder = temporaryFolder(t);
  const options = { maxFileBytes: 150, maxTotalBytes: 1 << 20 };
  for (let run = 0; run < 3; run++) {
    using files = new WalDirectory(folder);
    const log = new WriteAheadLog(files, options);
    assert.equal(log.open(0n), undefined);
    for (let i = 1; i <= 10; i++) log.append({ kind: "end-height", height: run * 10 + i }, 0n);
    log.sync();
    log.append({ kind: "step", height: run * 10 + 11, round: 0, step: 1 }, 0n);
    log.flush();
  }
  using files = new WalDirectory(folder);
  const log = new WriteAheadLog(files, options);
  log.open(0n);
  assert.equal(log.lastEndedHeight(), 30);
  assert.equal(must(log.recordsAfter(30)).length, 1);
  assert.equal(must(log.recordsAfter(29)).length, 2);
  assert.ok(files.rotated().length >= 2);
});

test("a full disk is ErrFile with the system's code", { skip: process.platform !== "linux" }, (t) => {
  const folder = temporaryFolder(t);
  symlinkSync("/dev/full", join(folder, "wal"));
  using files = new WalDirectory(folder);
  assert.throws(
    () => files.append(bytes("more")),
    (e) => isError(e, ErrFile) && (e as WadiError).data?.["code"] === "ENOSPC",
  );
});

test("a folder that cannot be made is ErrFile", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  assert.throws(
    () => new WalDirectory(join(folder, "file", "cs.wal")),
    (e) => isError(e, ErrFile),
  );
  using state = new SignStateFile(join(folder, "missing", "state.json"));
  assert.equal(state.read(), undefined);
  assert.throws(
    () => state.replace("{}"),
    (e) => isError(e, ErrFile) && (e as WadiError).data?.["code"] === "ENOENT",
  );
});

test("a sign state is replaced as a whole, for the owner only", (t) => {
  const path = join(temporaryFolder(t), "state.json");
  {
    using file = new SignStateFile(path);
    assert.equal(file.read(), undefined);
    for (const text of ["a longer first text", "second", "third one"]) {
      file.replace(text);
      assert.equal(file.read(), text);
      assert.equal(readFileSync(path, "utf8"), text);
    }
  }
  using again = new SignStateFile(path);
  assert.equal(again.read(), "third one");
  again.replace("fourth");
  assert.equal(readFileSync(path, "utf8"), "fourth");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(path, "..")), ["state.json"], "no temporary file is left");
});

test("a lock is exclusive until it is let go", (t) => {
  const folder = temporaryFolder(t);
  {
    using _first = new DirectoryLock(folder);
    assert.throws(
      () => new DirectoryLock(folder),
      (e) => isError(e, ErrDirectoryInUse),
    );
  }
  using _second = new DirectoryLock(folder);
});

test("a folder is made with its parents, and refused where it cannot be", (t) => {
  const folder = temporaryFolder(t);
  makeFolder(join(folder, "a", "b"));
  makeFolder(join(folder, "a", "b"));
  assert.equal(statSync(join(folder, "a")).mode & 0o777, 0o700);
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  // /proc refuses new entries as if the parent were missing.
  for (const path of [join(folder, "file"), join(folder, "file", "c"), join(folder, "link"), "/proc/wadi/nowhere"]) {
    assert.throws(
      () => makeFolder(path),
      (e) => isError(e, ErrFile),
      path,
    );
  }
});
