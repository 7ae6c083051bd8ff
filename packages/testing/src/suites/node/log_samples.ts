import assert from "node:assert/strict";
import { Logging, formatJson, formatLogfmt, type FieldValue, type LogRecord, type Thresholds } from "@wadi/telemetry";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly pairs: {
    readonly levels: Thresholds;
    readonly logfmt: readonly string[];
    readonly json: readonly string[];
  };
  readonly node_start_json: readonly string[];
  readonly cometbft_logfmt: readonly string[];
  readonly runtime_wrapper: readonly unknown[];
  readonly component_log_file: readonly string[];
}

/** The values of the recorded record that shows all types. */
const everyType: Readonly<Record<string, FieldValue>> = {
  i: 5,
  f: 1.5,
  d: "1m30s",
  t: "1970-01-01T00:00:05.000000007Z",
  b: Uint8Array.of(1, 2),
  s: { a: 1, b: "q q" },
  ps: { a: 2, b: "z" },
  nil: null,
  sl: ["a", "b"],
  m: { a: 1 },
  h: "455e518824bc0601f9fb858ff5c37d417d67c2f8e0df2babe4808858aea830f8",
  ns: "0".repeat(64),
  ver: "1.0.0",
  e: new Error("plain"),
  empty: "",
  eq: "a=b",
  nl: "a\nb",
  uni: "ž",
  odd: "(MISSING)",
};

/** What the recorded program logged, in order; the reference's records also name their source line. */
function logged(format: "logfmt" | "json", thresholds: Thresholds, timestamps: readonly string[]): string[] {
  const lines: string[] = [];
  const times = [...timestamps];
  const logging = new Logging({
    format,
    thresholds,
    write: (line) => lines.push(line.trimEnd()),
    timestamp: () => times.shift() ?? "",
  });
  logging.logger("foo").info("info in foo");
  logging.logger("foo").debug("dropped, as the default is higher");
  logging.logger("foo/bar").warn("dropped, as the module's level is higher");
  logging.logger("foo/bar").error("err in foo/bar", { err: new Error('wrap "q": x y') });
  logging.logger("x").warn("types", everyType);
  return lines;
}

const timestampIn = (line: string): string => /ts=(\S+)|"ts":"([^"]+)"/.exec(line)?.slice(1).find(Boolean) ?? "";
const withoutCaller = (line: string): string => line.replace(/caller=\S+ /, "").replace(/"caller":"[^"]*",/, "");

/** The pairs of a logfmt line that a `formatLogfmt` wrote. */
function parseLogfmt(line: string): LogRecord {
  return [...line.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key = "", value = ""]) => [
    key,
    value.startsWith('"') ? (JSON.parse(value) as string) : value,
  ]);
}

/** Lines of logs as operators' tools read them. */
export const suite: Suite = {
  file: "node/log_samples",
  run(r: Recorder): void {
    const file = loadVector<File>("node/log_samples");
    if (!file) return;
    for (const format of ["logfmt", "json"] as const) {
      const expected = file.pairs[format];
      const actual = logged(format, file.pairs.levels, expected.map(timestampIn));
      r.case(`${format}: records that pass their thresholds`, () => assert.equal(actual.length, 3));
      for (const [i, line] of actual.entries()) {
        r.case(`${format}: record ${i}`, () => assert.equal(line, withoutCaller(expected[i] ?? "")));
      }
      const plain: LogRecord = [
        ["level", "info"],
        ["module", "base"],
        ["msg", "hello"],
        ["k", "v"],
      ];
      r.case(`${format}: record without a time`, () => {
        assert.equal(format === "json" ? formatJson(plain) : formatLogfmt(plain), expected[3]);
      });
    }
    for (const [i, line] of [...file.node_start_json, ...file.component_log_file].entries()) {
      r.case(`JSON line ${i}`, () => {
        const members = Object.entries(JSON.parse(line) as Record<string, FieldValue>).reverse();
        assert.equal(formatJson(members), line);
      });
    }
    for (const [i, line] of file.cometbft_logfmt.entries()) {
      r.case(`logfmt line ${i}`, () => assert.equal(formatLogfmt(parseLogfmt(line)), line));
    }
    r.leaveOut("lines of runtimes are the wrapper's, see runtime/runtime-logs", file.runtime_wrapper.length);
  },
};
