// Where this package reports. Whoever hosts runtimes passes in a logger of this form.

/** Facts beside a message. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface HostLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const ignore = (): void => undefined;

/** Drops everything. */
export const silentLog: HostLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };
