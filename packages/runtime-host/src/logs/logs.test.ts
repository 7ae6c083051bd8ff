import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { test } from "node:test";

import fc from "fast-check";

import { RONL } from "../bundle/component-id.ts";
import { TEST_RUNTIME } from "../testing/sandbox.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { ComponentLog } from "./component-log.ts";
import { type HostLog, silentLog } from "./host-log.ts";
import { LineSplitter, MAX_PARTIAL_LINE_BYTES } from "./line-splitter.ts";
import { RuntimeLog } from "./runtime-log.ts";

test("lines do not depend on where the pieces end, but for newlines in a row", () => {
  const line = fc.stringMatching(/^[a-z{}" ]{1,30}$/);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(50), { maxLength: 20 }), (lines, cuts) => {
      const whole = Buffer.from(lines.map((text) => `${text}\n`).join(""));
      const splitter = new LineSplitter();
      const found: string[] = [];
      let at = 0;
      for (const size of [...cuts, whole.length]) {
        found.push(...splitter.push(whole.subarray(at, at + size)).lines);
        at += size;
      }
      assert.deepEqual(found, lines);
    }),
  );
});

test("a flood without newlines is dropped in pieces and costs no memory", () => {
  const splitter = new LineSplitter();
  for (let i = 0; i < 1000; i++) {
    const { lines, dropped } = splitter.push(Buffer.alloc(MAX_PARTIAL_LINE_BYTES + 1, 0x61));
    assert.deepEqual([lines.length, dropped], [0, true]);
  }
  assert.deepEqual(splitter.push(Buffer.from("end\n")).lines, ["end"]);
});

test("no line breaks the log, and none passes for the node's", () => {
  const hostile = [
    '{"__proto__":{"level":"x"},"constructor":1,"level":"toString","msg":"m","module":"worker"}',
    "[".repeat(9000),
    '{"level":{"a":1},"module":[],"msg":""}',
    "\u0000\u001b[2J",
    '"text"',
    "\ud800",
  ];
  const modules: string[] = [];
  const log = new RuntimeLog({
    runtimeId: TEST_RUNTIME,
    component: RONL,
    provisioner: "sandbox",
    sink: ({ module }) => modules.push(module),
    log: silentLog,
  });
  for (const line of hostile) log.output(Buffer.from(`${line}\n`));
  assert.equal(modules.length, hostile.length);
  assert.deepEqual(new Set(modules), new Set(["runtime", "runtime/worker"]));
});

test("the component's file: without whose it is, begun anew when full, filtered by time", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("logs/ronl/log");
  using file = new ComponentLog(path, 1024);
  const warnings: string[] = [];
  const log: HostLog = { ...silentLog, warn: (message) => warnings.push(message) };
  const options = { runtimeId: TEST_RUNTIME, component: RONL, provisioner: "sandbox", sink: () => undefined };
  const { output } = new RuntimeLog({ ...options, log, file, now: () => "2026-01-01T00:00:10Z" });
  output(
    Buffer.from('{"msg":"a","level":"INFO","ts":"2026-01-01T00:00:01Z","module":"m","component":"fake"}\nplain\n'),
  );
  assert.equal(
    await readFile(path, "utf8"),
    '{"level":"info","module":"runtime/m","msg":"a","ts":"2026-01-01T00:00:01Z"}\n' +
      '{"level":"warn","module":"runtime","msg":"plain","ts":"2026-01-01T00:00:10Z"}\n',
  );
  assert.equal((await file.read(Date.parse("2026-01-01T00:00:01Z") / 1000)).length, 1);
  assert.equal((await file.read()).length, 2);
  for (let i = 0; i < 50; i++) output(Buffer.from(`line ${i}\n`));
  assert.ok((await stat(path)).size < 1024);
  assert.match((await file.read()).at(-1) ?? "", /line 49/);
  output(Buffer.from(`${"x".repeat(2000)}\n`));
  assert.deepEqual(warnings, ["failed to write runtime log"]);
});
