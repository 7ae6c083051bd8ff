// Where a node's log goes, and what of it. Reference: go/oasis-node/cmd/common/logging.go.
import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "@wadi/config";
import { Logging, parseLevel, type Level, type LogFormat, type Thresholds } from "@wadi/telemetry";

import type { Output } from "../../io.ts";
import { fail } from "./failure.ts";

/** Without a level in the configuration only what an operator may want to look at is written. */
const BASE_LEVEL: Level = "warn";

export interface OpenLog extends Disposable {
  readonly logging: Logging;
}

/** Opens the log; relative names of files are in the data directory. Throws StartFailure. */
export function openLog({ dataDir, log }: Config["common"], stdout: Output): OpenLog {
  const format = formatOf(log.format);
  const thresholds = thresholdsOf(log.level);
  if (log.file === "") {
    return {
      logging: new Logging({ format, thresholds, write: (line) => stdout.write(line) }),
      [Symbol.dispose]: () => undefined,
    };
  }
  const path = resolve(dataDir, log.file);
  // Written at once: what the log says last is what matters after a crash.
  const file = openSync(path, "a", 0o600);
  return {
    logging: new Logging({ format, thresholds, write: (line) => void writeSync(file, line) }),
    [Symbol.dispose]: () => closeSync(file),
  };
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
