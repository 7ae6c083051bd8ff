import assert from "node:assert/strict";

import { type HostLog, type LogFields, RONL, RuntimeLog, type RuntimeRecord } from "@wadi/runtime-host";
import type { Namespace } from "@wadi/types";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface LogFile {
  readonly cases: readonly {
    readonly name: string;
    readonly chunks: readonly string[];
    readonly node_log_lines: readonly string[];
  }[];
}

const TRUNCATED = "...(truncated in this vector)";
const LOCAL_TIME = "<local time>";

/** Long chunks are described: `a repeated 10001 times`. */
function bytesOf(chunk: string): Buffer {
  const [, unit = "", count = ""] = /^(.) repeated (\d+) times$/.exec(chunk) ?? [];
  return Buffer.from(unit === "" ? chunk : unit.repeat(Number(count)));
}

function linesOf(chunks: readonly string[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const sink = ({ level, module, message: msg, fields }: RuntimeRecord): void => {
    lines.push({ level, module, msg, ...Object.fromEntries(fields) });
  };
  const warn = (msg: string, fields: LogFields = {}): void => {
    lines.push({ caller: "<source position>", level: "warn", module: "internal", msg, ts: LOCAL_TIME, ...fields });
  };
  const unexpected = (): never => assert.fail("unexpected level");
  const log: HostLog = { debug: unexpected, info: unexpected, warn, error: unexpected };
  const now = (): string => LOCAL_TIME;
  const runtimeId = "ID" as Namespace;
  const { output } = new RuntimeLog({ runtimeId, component: RONL, provisioner: "sandbox", sink, log, now });
  for (const chunk of chunks) output(bytesOf(chunk));
  return lines;
}

function sortedJson(line: Record<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1))));
}

export const suite: Suite = {
  file: "runtime/runtime-logs",
  run(r) {
    for (const { name, chunks, node_log_lines: recorded } of loadVector<LogFile>("runtime/runtime-logs")?.cases ?? []) {
      r.case(name, () => {
        const actual = linesOf(chunks);
        assert.equal(actual.length, recorded.length);
        for (const [i, line] of recorded.entries()) {
          const ours = actual[i] ?? {};
          if (!line.endsWith(TRUNCATED)) assert.deepEqual(ours, JSON.parse(line));
          else assert.ok(sortedJson(ours).startsWith(line.slice(0, -TRUNCATED.length)), line);
        }
      });
    }
  },
};
