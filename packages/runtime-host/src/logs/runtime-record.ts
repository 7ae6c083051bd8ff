// What a line that a component printed means. Reference: go/runtime/host/logger.go
// `processLogLine`; Rust runtimes print slog's JSON, and plain text when they panic.

export type LogLevel = "debug" | "info" | "warn" | "error";

/** A log record of a component. */
export interface RuntimeRecord {
  readonly level: LogLevel;
  /** `runtime` or below it; empty where the component named none. */
  readonly module: string;
  readonly message: string;
  /** The other members of the line, `ts` among them. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** What there is to say about a line beside its record. */
export interface LineProblem {
  readonly message: string;
  readonly err?: string;
}

export interface ReadLine {
  readonly record: RuntimeRecord | undefined;
  readonly problem: LineProblem | undefined;
}

const LEVELS: Readonly<Record<string, LogLevel>> = { DEBG: "debug", INFO: "info", WARN: "warn", ERRO: "error" };
const MODULE = "runtime";

/** Reads a line; `now` gives the time of lines that are no records. */
export function readLine(line: string, now: () => string): ReadLine {
  const text = line.trim();
  const members = membersOf(text);
  if (members === undefined) {
    const fields = new Map([["ts", now()]]);
    return { record: { level: "warn", module: MODULE, message: text, fields }, problem: undefined };
  }
  const message = members.get("msg") ?? "";
  if (typeof message !== "string") {
    return { record: undefined, problem: { message: "malformed log line from runtime", err: "msg is not a string" } };
  }
  const levelText = members.get("level");
  const level = typeof levelText === "string" && Object.hasOwn(LEVELS, levelText) ? LEVELS[levelText] : undefined;
  const module = members.has("module") ? scoped(members.get("module")) : "";
  for (const name of ["msg", "level", "module"]) members.delete(name);
  const record = { level: level ?? "info", module, message, fields: members };
  const problem = { message: "log line from runtime has no known error level set, using INFO" };
  return { record, problem: level === undefined ? problem : undefined };
}

/** The members of a JSON object, none for null; undefined for everything else. */
function membersOf(text: string): Map<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null) return new Map();
  return typeof value === "object" && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined;
}

/** Modules of components cannot pass for modules of the node. */
function scoped(module: unknown): string {
  if (typeof module !== "string" || module === "" || module === MODULE) return MODULE;
  return module.startsWith(`${MODULE}/`) ? module : `${MODULE}/${module}`;
}
