// Where a node's log goes, and what of it. Reference: go/oasis-node/cmd/common/logging.go.
import { closeSync, fstatSync, openSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "@wadi/config";
import { Logging, parseLevel, type Level, type LogFormat, type Thresholds } from "@wadi/telemetry";

import type { Io } from "../../io.ts";
import { fail } from "./failure.ts";
import { lossyWriter, writerOf } from "./lossy-writer.ts";

/** Without a level in the configuration only what an operator may want to look at is written. */
const BASE_LEVEL: Level = "warn";

const STDOUT = 1;

export interface OpenLog extends Disposable {
  readonly logging: Logging;
}

/** Opens the log; relative names of files are in the data directory. Throws StartFailure. */
export function openLog({ dataDir, log }: Config["common"], { stderr, stdout }: Io): OpenLog {
  const format = formatOf(log.format);
  const thresholds = thresholdsOf(log.level);
  if (log.file === "" && !(stdout === process.stdout && fstatSync(STDOUT).isFile())) {
    return {
      logging: new Logging({ format, thresholds, write: (line) => stdout.write(line) }),
      [Symbol.dispose]: () => undefined,
    };
  }
  const path = resolve(dataDir, log.file);
  // Written at once: what the log says last is what matters after a crash.
  const file = log.file === "" ? STDOUT : openSync(path, "a", 0o600);
  const write = lossyWriter({
    write: writerOf(file),
    failed: ({ message }) => stderr.write(`the log cannot be written, the node goes on without it: ${message}\n`),
    recovered: (lines) => logging.logger("oasis-node").warn("lines of the log could not be written", { lines }),
  });
  const logging = new Logging({ format, thresholds, write });
  return { logging, [Symbol.dispose]: () => (file === STDOUT ? undefined : closeSync(file)) };
}

function formatOf(text: string): LogFormat {
  const format = text.toLowerCase();
  if (format === "" || format === "logfmt") return "logfmt";
  return format === "json" ? "json" : fail(`logging: invalid log format: '${text}'`);
}

function thresholdsOf(levels: Readonly<Record<string, string>>): Thresholds {
  const entries = Object.entries(levels).map(([module, text]) => {
    return [module, parseLevel(text) ?? fail(`logging: invalid log level: '${text}'`)] as const;
  });
  return { default: BASE_LEVEL, ...Object.fromEntries(entries) };
}
