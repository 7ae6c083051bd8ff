import assert from "node:assert/strict";
import { test } from "node:test";

import { lossyWriter } from "./lossy-writer.ts";

test("lines that do not fit are counted, and told of when there is room again", () => {
  let text = "";
  let room = Infinity;
  const told: (string | number)[] = [];
  const write = lossyWriter({
    write(bytes) {
      if (room === 0) throw new Error("full");
      const part = bytes.subarray(0, Math.min(room, 4));
      text += Buffer.from(part).toString();
      room -= part.length;
      return part.length;
    },
    failed: ({ message }) => told.push(message),
    recovered(lines) {
      told.push(lines);
      write("lost some\n");
    },
  });
  write("one line\n");
  room = 5;
  for (const line of ["another line\n", "a third\n", "a fourth\n"]) write(line);
  room = Infinity;
  write("the fifth\n");
  write("the sixth\n");
  assert.equal(text, "one line\nanoth\nthe fifth\nlost some\nthe sixth\n");
  assert.deepEqual(told, ["full", 3]);
});
