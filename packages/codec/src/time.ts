// Go's time.Time: Unix seconds in CBOR, RFC 3339 in JSON.
import { civilFromDays, daysFromCivil } from "@wadi/util";
import type { CborReader } from "./cbor-reader.ts";
import { Kind } from "./cbor-rules.ts";
import { DecodeError, EncodeError } from "./errors.ts";
import { Head } from "./cbor-writer.ts";
import { readInteger } from "./integers.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

/** A point in time. CBOR keeps the seconds only. */
export interface Time {
  /** Since 1970-01-01T00:00:00Z. */
  readonly seconds: bigint;
  /** 0 to 999 999 999. */
  readonly nanos: number;
  /** Minutes east of UTC in which the JSON text is written; absent for UTC. */
  readonly zoneMinutes?: number;
}

/** Unix seconds of Go's zero time, 0001-01-01T00:00:00Z. */
const ZERO_SECONDS = -62_135_596_800n;
const ZERO_TEXT = "0001-01-01T00:00:00Z";
const SECONDS_PER_DAY = 86_400n;
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

function daysIn(month: number, year: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** A time, or null for Go's zero time, from its RFC 3339 text as Go parses it. Throws DecodeError. */
export function parseTime(text: string): Time | null {
  const match = rfc3339.exec(text);
  if (match === null) throw new DecodeError(`cannot parse ${JSON.stringify(text.slice(0, 64))} as RFC 3339 time`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const zoneHours = Number(match[9] ?? 0);
  const zoneRest = Number(match[10] ?? 0);
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year);
  if (!isDate || hour > 23 || minute > 59 || second > 59 || zoneHours > 24 || zoneRest > 60) {
    throw new DecodeError(`time ${JSON.stringify(text)} is out of range`);
  }
  const zoneMinutes = (zoneHours * 60 + zoneRest) * (match[8] === "-" ? -1 : 1);
  const ofDay = hour * 3600 + (minute - zoneMinutes) * 60 + second;
  const seconds = BigInt(daysFromCivil({ year, month, day })) * SECONDS_PER_DAY + BigInt(ofDay);
  return timeOf(seconds, Number((match[7] ?? "").slice(0, 9).padEnd(9, "0")), zoneMinutes);
}

/** A time of normalised parts, or null for Go's zero time. */
function timeOf(seconds: bigint, nanos = 0, zoneMinutes = 0): Time | null {
  if (seconds === ZERO_SECONDS && nanos === 0) return null;
  return zoneMinutes === 0 ? { seconds, nanos } : { seconds, nanos, zoneMinutes };
}

const two = (n: number): string => String(n).padStart(2, "0");

/** RFC 3339 text with as many digits of a second as are not zero. Throws EncodeError beyond the years 0 to 9999. */
export function formatTime(time: Time | null): string {
  if (time === null) return ZERO_TEXT;
  const zone = time.zoneMinutes ?? 0;
  const local = time.seconds + BigInt(zone * 60);
  const ofDay = Number(((local % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY);
  const { year, month, day } = civilFromDays(Number((local - BigInt(ofDay)) / SECONDS_PER_DAY));
  if (!(year >= 0 && year <= 9999) || Math.abs(zone) >= 24 * 60) throw new EncodeError("time has no RFC 3339 form");
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const clock = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}`;
  const fraction = time.nanos === 0 ? "" : `.${String(time.nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${date}T${clock}${fraction}${zoneText(zone)}`;
}

function zoneText(minutes: number): string {
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A number of seconds that Go takes from a CBOR float. */
function fromFloat(value: number): Time | null {
  if (!Number.isFinite(value)) return null;
  const whole = Math.trunc(value);
  const nanos = Math.trunc((value - whole) * 1e9);
  // Go's conversion gives the least int64 for every float out of range.
  const isInRange = whole >= -(2 ** 63) && whole < 2 ** 63;
  const seconds = isInRange ? BigInt(whole) : -(2n ** 63n);
  return nanos < 0 ? timeOf(BigInt.asIntN(64, seconds - 1n), nanos + 1_000_000_000) : timeOf(seconds, nanos);
}

function decodeTime(reader: CborReader): Time | null {
  reader.passUncheckedTags();
  const { offset } = reader;
  const kind = reader.next();
  if (kind === Kind.null) return null;
  if (kind === Kind.text) return parseTime(reader.textContent());
  const value = kind === Kind.primitive ? reader.floatContent() : undefined;
  if (value !== undefined) return fromFloat(value);
  if (kind > Kind.negative && kind !== Kind.primitive) throw reader.mismatch("time");
  reader.offset = offset;
  return timeOf(BigInt.asIntN(64, readInteger(reader, "time") ?? 0n));
}

/** Null is Go's zero time. */
export const time: Schema<Time | null> = defineSchema<Time | null>({
  name: "time",
  shape: { kind: "time" },
  zero: () => null,
  encode: (writer, value) => {
    if (value === null || (value.seconds === ZERO_SECONDS && value.nanos === 0)) writer.null();
    else if (value.seconds >= 0n) writer.bigHead(Head.uint, value.seconds);
    else writer.bigHead(Head.negative, -1n - value.seconds);
  },
  decode: decodeTime,
  toJson: (writer, value) => writer.asciiString(formatTime(value)),
  // Go does not undo escapes here.
  fromJson: (reader) => (reader.takeNull() ? null : parseTime(reader.quoted("time"))),
});
