// Records as JSON lines: keys in alphabetic order, of keys that come twice the last one.
import type { FieldValue, LogRecord } from "./fields.ts";

/** A record as one line without its end. */
export function formatJson(record: LogRecord): string {
  const last = new Map(record);
  const members = [...last].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${text(value)}`).join(",")}}`;
}

function text(value: FieldValue): string {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
    case "bigint":
    case "boolean":
      return String(value);
    case "string":
      return JSON.stringify(value);
    default:
      break;
  }
  if (value instanceof Error) return JSON.stringify(value.message);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (isList(value)) return `[${value.map(text).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${text(member)}`)
    .join(",")}}`;
}

function isList(value: object): value is readonly FieldValue[] {
  return Array.isArray(value);
}
