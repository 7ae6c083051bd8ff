// Records as logfmt lines, quoted as go-logfmt does (facts of the reference: go-kit/log).
import type { FieldValue, LogRecord } from "./fields.ts";

const UNSUPPORTED = "unsupported value type";

/** A record as one line without its end. Keys lose characters that logfmt cannot hold. */
export function formatLogfmt(record: LogRecord): string {
  const parts: string[] = [];
  for (const [key, value] of record) {
    // oxlint-disable-next-line no-control-regex -- exactly these cannot be in a key
    const name = key.replaceAll(/[\u0000-\u0020="\ufffd]/g, "");
    if (name !== "") parts.push(`${name}=${text(value)}`);
  }
  return parts.join(" ");
}

function text(value: FieldValue): string {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      if (value instanceof Error) return quoted(value.message);
      if (value instanceof Uint8Array) return quoted(Buffer.from(value).toString("utf8"));
      return quoted(UNSUPPORTED);
  }
}

function quoted(value: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these need quotes
  if (!/[\u0000-\u0020="\ufffd]/.test(value)) return value;
  return JSON.stringify(value).replaceAll("\\b", "\\u0008").replaceAll("\\f", "\\u000c");
}
