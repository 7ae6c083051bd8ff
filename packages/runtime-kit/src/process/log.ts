import type { LogLevel } from "../batch/services.ts";

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Default: the kit's own. */
  readonly module?: string;
}

const LEVELS: Readonly<Record<LogLevel, string>> = { debug: "DEBG", info: "INFO", warn: "WARN", error: "ERRO" };

/** Writes a line in the form that nodes forward (slog JSON). Main thread only: others have no clock. */
export function writeLog({ level, message, fields, module = "runtime" }: LogRecord): void {
  const record = { msg: message, level: LEVELS[level], ts: new Date().toISOString(), module, ...fields };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
