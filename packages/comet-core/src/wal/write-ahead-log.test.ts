import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "@wadi/util";
import type { WalRecord } from "../rounds/types.ts";
import { ErrWalCorrupted } from "./errors.ts";
import { MemoryWal } from "./memory-wal.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

const step = (height: number, round = 0): WalRecord => ({ kind: "step", height, round, step: 3 });
const end = (height: number): WalRecord => ({ kind: "end-height", height });

function opened(files = new MemoryWal(), options?: ConstructorParameters<typeof WriteAheadLog>[1]): WriteAheadLog {
  const log = new WriteAheadLog(files, options);
  assert.equal(log.open(0n), undefined);
  return log;
}

function writeHeights(log: WriteAheadLog, from: number, to: number): void {
  for (let height = from; height <= to; height++) {
    log.append(step(height), 0n);
    log.append(end(height), 0n);
    log.sync();
  }
}

test("a new log starts with the end of height 0, an old one does not again", () => {
  const files = new MemoryWal();
  const log = opened(files);
  assert.deepEqual(log.recordsAfter(0), []);
  const size = files.sizeBytes("head");
  opened(files);
  assert.equal(files.sizeBytes("head"), size);
});

test("records after the end of a height; none for a height that has not ended", () => {
  const log = opened();
  writeHeights(log, 1, 3);
  log.append(step(4), 0n);
  log.append(step(4, 1), 0n);
  assert.deepEqual(log.recordsAfter(3), [step(4), step(4, 1)]);
  assert.deepEqual(log.recordsAfter(2)?.at(0), step(3));
  assert.equal(log.recordsAfter(4), undefined);
  assert.equal(log.lastEndedHeight(), 3);
});

test("what is appended is in the files after a flush, and not before", () => {
  const files = new MemoryWal();
  const log = opened(files);
  const size = files.sizeBytes("head");
  log.append(step(1), 0n);
  assert.equal(files.sizeBytes("head"), size);
  assert.ok(log.unwrittenBytes > 0);
  log.flush();
  assert.ok(files.sizeBytes("head") > size);
  assert.equal(log.unwrittenBytes, 0);
});

test("the head is rotated at its limit, records are found across files, the oldest files go", () => {
  const files = new MemoryWal();
  const log = opened(files, { maxFileBytes: 200, maxTotalBytes: 700 });
  writeHeights(log, 1, 20);
  for (let round = 0; round < 12; round++) log.append(step(21, round), 0n);
  log.sync();
  assert.ok(files.rotated().length > 2);
  const total = files.rotated().reduce((sum, file) => sum + files.sizeBytes(file), 0);
  assert.ok(total <= 700, `${total} bytes`);
  assert.ok((files.rotated()[0] ?? 0) > 0, "the oldest file is gone");
  assert.equal(log.recordsAfter(20)?.length, 12);
  assert.equal(log.recordsAfter(1), undefined, "it was in a file that is gone");
});

test("a torn or damaged end of the head is copied, cut, and the log goes on", () => {
  const files = new MemoryWal();
  const log = opened(files);
  writeHeights(log, 1, 2);
  log.append(step(3), 0n);
  log.sync();
  const whole = files.sizeBytes("head");
  files.append(Uint8Array.of(1, 2, 3, 4, 5));
  const again = new WriteAheadLog(files);
  assert.deepEqual(again.open(0n)?.offset, whole);
  assert.equal(files.damaged?.length, whole + 5);
  assert.equal(files.sizeBytes("head"), whole);
  again.append(step(3, 1), 0n);
  assert.deepEqual(again.recordsAfter(2), [step(3), step(3, 1)]);
});

test("damage inside the head costs the records behind it", () => {
  const files = new MemoryWal();
  const log = opened(files);
  writeHeights(log, 1, 1);
  const offset = files.sizeBytes("head");
  log.append(step(2), 0n);
  log.append(step(2, 1), 0n);
  log.sync();
  const bytes = files.read("head").slice();
  bytes[offset + 12] = (bytes[offset + 12] as number) ^ 1;
  files.truncateHead(0);
  files.append(bytes);
  const again = new WriteAheadLog(files);
  assert.deepEqual({ ...again.open(0n), reason: "" }, { kind: "corrupt", offset, reason: "" });
  assert.deepEqual(again.recordsAfter(1), []);
});

test("damage in an older file that is needed is an error with its place", () => {
  const files = new MemoryWal();
  const log = opened(files, { maxFileBytes: 100, maxTotalBytes: 1 << 20 });
  writeHeights(log, 1, 1);
  for (let round = 0; round < 6; round++) log.append(step(2, round), 0n);
  log.sync();
  const number = files.rotated().at(-1) as number;
  const bytes = files.read(number).slice();
  bytes[20] = (bytes[20] as number) ^ 1;
  files.read = (
    (read) => (file: "head" | number) =>
      file === number ? bytes : read.call(files, file)
  )(files.read);
  assert.throws(
    () => log.recordsAfter(1),
    (e) => isError(e, ErrWalCorrupted),
  );
});
