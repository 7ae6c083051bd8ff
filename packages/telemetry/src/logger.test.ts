import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { formatJson } from "./json.ts";
import { parseLevel, thresholdOf } from "./level.ts";
import { formatLogfmt } from "./logfmt.ts";
import { Logging, silentLogger, systemTimestamp } from "./logger.ts";

test("the longest prefix decides, but nothing goes below the default", () => {
  const thresholds = { default: "info", p2p: "error", "p2p/rpc": "warn", grpc: "debug" } as const;
  assert.equal(thresholdOf(thresholds, "p2p"), "error");
  assert.equal(thresholdOf(thresholds, "p2p/rpc/client"), "warn");
  assert.equal(thresholdOf(thresholds, "grpc"), "info");
  assert.equal(thresholdOf({}, "anything"), "info");
  assert.equal(parseLevel("WARN"), "warn");
  assert.equal(parseLevel("loud"), undefined);
});

test("a record is one line whatever is in it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.bigInt())), (fields) => {
      const record = Object.entries(fields);
      assert.doesNotMatch(formatLogfmt(record), /[\n\r]/);
      const json = formatJson(record);
      assert.doesNotMatch(json, /[\n\r]/);
      assert.deepEqual(
        new Set(Object.keys(JSON.parse(json) as object)),
        new Set(Object.keys(fields).map((key) => key.toWellFormed())),
      );
    }),
  );
});

test("loggers add their fields; records below the threshold cost nothing", () => {
  const lines: string[] = [];
  const logging = new Logging({
    format: "logfmt",
    thresholds: { default: "warn" },
    write: (line) => lines.push(line),
    timestamp: () => "now",
  });
  const logger = logging.logger("worker").with({ runtime: "00ff" });
  logger.info("not written");
  logger.warn("late", { round: 7n });
  assert.deepEqual(lines, ["level=warn ts=now module=worker msg=late runtime=00ff round=7\n"]);
  assert.equal(logger.enabled("info"), false);
  logging.relay("info", "runtime", [["msg", "below"]]);
  logging.relay("error", "runtime/x", [["msg", "own time"]]);
  assert.equal(lines[1], 'level=error msg="own time"\n');
  silentLogger.with({ a: 1 }).error("nobody hears it");
});

test("timestamps are RFC 3339 in UTC", () => {
  const text = systemTimestamp();
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/);
  assert.ok(Math.abs(Date.parse(text) - Date.now()) < 10_000);
});
