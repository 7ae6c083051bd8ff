// Log records of subcommands: one logfmt line each, on standard output between the results, at
// level warn and above, as operators know them from the reference.
// Reference: oasis-core go/common/logging, go-logfmt.
import type { Output } from "./io.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a record may hold beside its message. */
export type LogValue = string | number | bigint | boolean | null | undefined | Error;
export type LogFields = Readonly<Record<string, LogValue>>;

export interface LoggerOptions {
  readonly module: string;
  readonly output: Output;
  /** Records below are dropped. */
  readonly level?: LogLevel;
  /** The time of a record, for tests. */
  readonly now?: () => Date;
}

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export class Logger {
  readonly #options: Required<LoggerOptions>;

  constructor(options: LoggerOptions) {
    this.#options = { level: "warn", now: () => new Date(), ...options };
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  #write(level: LogLevel, msg: string, fields: LogFields = {}): void {
    const { module, output, now, level: least } = this.#options;
    if (SEVERITY[level] < SEVERITY[least]) return;
    const record = { level, ts: timestamp(now()), caller: caller(), module, msg, ...fields };
    output.write(`${formatRecord(record)}\n`);
  }
}

/** UTC, RFC 3339, without trailing zeros of the fraction. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\.?0*Z$/, "Z");
}

/** File and line of the call to `warn` or `error`: the fourth frame from here. */
function caller(): string | undefined {
  const frame = new Error().stack?.split("\n")[4] ?? "";
  const [, file, line] = /([^/\\(]+?):(\d+):\d+\)?$/.exec(frame) ?? [];
  return file === undefined ? undefined : `${file}:${line}`;
}

/** One logfmt line without its newline; members that are undefined are left out. */
export function formatRecord(record: LogFields): string {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
    .join(" ");
}

function formatValue(value: LogValue): string {
  const text = value instanceof Error ? value.message : String(value);
  if (value === null) return text;
  // A bare null stands for no value, so the text is quoted.
  return text === "null" || Array.from(text).some(needsQuotes) ? quote(text) : text;
}

const REPLACEMENT_CHARACTER = "\ufffd";

function needsQuotes(c: string): boolean {
  return c <= " " || c === "=" || c === '"' || c === REPLACEMENT_CHARACTER;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function quote(text: string): string {
  return `"${Array.from(text, escapeCharacter).join("")}"`;
}

function escapeCharacter(c: string): string {
  const short = SHORT_ESCAPES[c];
  if (short !== undefined) return short;
  return c < " " || c === REPLACEMENT_CHARACTER ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : c;
}
