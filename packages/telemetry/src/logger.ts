// Loggers: what code calls. Reference for the form of records: go/common/logging/logging.go.
import type { Fields, LogRecord } from "./fields.ts";
import { formatJson } from "./json.ts";
import { reaches, thresholdOf, type Level, type Thresholds } from "./level.ts";
import { formatLogfmt } from "./logfmt.ts";

/** What a part of the node writes its log to. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** True if records of the level are written: for fields that cost something. */
  enabled(level: Level): boolean;
  /** A logger that adds fields to each record. */
  with(fields: Fields): Logger;
}

export type LogFormat = "logfmt" | "json";

export interface LoggingOptions {
  readonly format: LogFormat;
  readonly thresholds: Thresholds;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
  /** The time of a record in RFC 3339 (default: the system's clock). */
  readonly timestamp?: () => string;
}

/** The loggers of a process: same format, same place. */
export class Logging {
  readonly #options: LoggingOptions;

  constructor(options: LoggingOptions) {
    this.#options = options;
  }

  /** The logger of a module, such as `worker/registration`. */
  logger(module: string): Logger {
    return new ModuleLogger(this, module, thresholdOf(this.#options.thresholds, module), {});
  }

  /** Writes a record of a module that brings its own time, if its level reaches the module's threshold. */
  relay(level: Level, module: string, record: LogRecord): void {
    if (reaches(level, thresholdOf(this.#options.thresholds, module))) this.write([["level", level], ...record]);
  }

  /** Writes a record whatever its level. */
  write(record: LogRecord): void {
    this.#options.write(`${this.#options.format === "json" ? formatJson(record) : formatLogfmt(record)}\n`);
  }

  now(): string {
    return (this.#options.timestamp ?? systemTimestamp)();
  }
}

class ModuleLogger implements Logger {
  readonly #logging: Logging;
  readonly #module: string;
  readonly #threshold: Level;
  readonly #fields: Fields;

  constructor(logging: Logging, module: string, threshold: Level, fields: Fields) {
    this.#logging = logging;
    this.#module = module;
    this.#threshold = threshold;
    this.#fields = fields;
  }

  debug(message: string, fields?: Fields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#log("error", message, fields);
  }

  enabled(level: Level): boolean {
    return reaches(level, this.#threshold);
  }

  with(fields: Fields): Logger {
    return new ModuleLogger(this.#logging, this.#module, this.#threshold, { ...this.#fields, ...fields });
  }

  #log(level: Level, message: string, fields: Fields = {}): void {
    if (!this.enabled(level)) return;
    this.#logging.write([
      ["level", level],
      ["ts", this.#logging.now()],
      ["module", this.#module],
      ["msg", message],
      ...Object.entries(this.#fields),
      ...Object.entries(fields),
    ]);
  }
}

const nothing = (): void => {};

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  enabled: () => false,
  with: () => silentLogger,
};

/** Now, in UTC with microseconds. */
export function systemTimestamp(): string {
  const micros = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -5);
  const fraction = (micros % 1_000_000).toString().padStart(6, "0").replace(/0+$/, "");
  return fraction === "" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
