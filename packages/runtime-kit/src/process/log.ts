import { writeSync } from "node:fs";
import type { LogLevel } from "../batch/services.ts";

const LEVELS: Readonly<Record<LogLevel, string>> = { debug: "DEBG", info: "INFO", warn: "WARN", error: "ERRO" };

/** Writes a line in the form that nodes forward (slog JSON). A host that stopped reading is ignored. */
export function writeLog(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, string>> = {},
  module = "runtime",
): void {
  const record = { msg: message, level: LEVELS[level], ts: timestamp(), module, ...fields };
  try {
    writeSync(1, `${JSON.stringify(record)}\n`);
  } catch {
    // Nobody reads.
  }
}

// Taken at once: batch threads replace the clock that their globals show.
const RealDate = Date;

function timestamp(): string {
  return new RealDate().toISOString();
}
