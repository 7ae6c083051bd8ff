// Times and durations as bigint nanoseconds, and their texts in the reference's error messages.
import { proto } from "@wadi/codec";

/** Nanoseconds since the Unix epoch; an unset time is year 1, as in Go. */
export type TimeNs = bigint;
/** Nanoseconds. */
export type DurationNs = bigint;

export const NANOS_PER_SECOND = 1_000_000_000n;
export const GO_ZERO_TIME: TimeNs = proto.GO_ZERO_TIME;

const DAY = 86_400n;

/** Floor division and its remainder, for a positive divisor. */
function divMod(value: bigint, divisor: bigint): [bigint, bigint] {
  const remainder = ((value % divisor) + divisor) % divisor;
  return [(value - remainder) / divisor, remainder];
}

/** Year, month and day of a count of days since the Unix epoch, Gregorian (from March-based years). */
function civilDate(days: bigint): [bigint, bigint, bigint] {
  const [era, dayOfEra] = divMod(days + 719_468n, 146_097n);
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const marchMonth = (5n * dayOfYear + 2n) / 153n;
  const day = dayOfYear - (153n * marchMonth + 2n) / 5n + 1n;
  const month = marchMonth < 10n ? marchMonth + 3n : marchMonth - 9n;
  return [yearOfEra + era * 400n + (month <= 2n ? 1n : 0n), month, day];
}

const pad = (value: bigint, size: number): string => value.toString().padStart(size, "0");

function fraction(nanos: bigint): string {
  return nanos === 0n ? "" : `.${pad(nanos, 9).replace(/0+$/, "")}`;
}

/** A UTC time as Go prints it: `2026-01-02 03:04:05.5 +0000 UTC`. */
export function timeText(time: TimeNs): string {
  const [seconds, nanos] = divMod(time, NANOS_PER_SECOND);
  const [days, secondOfDay] = divMod(seconds, DAY);
  const [year, month, day] = civilDate(days);
  const clock = [secondOfDay / 3600n, (secondOfDay / 60n) % 60n, secondOfDay % 60n].map((n) => pad(n, 2)).join(":");
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)} ${clock}${fraction(nanos)} +0000 UTC`;
}

/** A duration of whole microseconds or more as Go prints it: `1h0m10s`, `1.5s`, `10ms`. */
export function durationText(duration: DurationNs): string {
  if (duration < 0n) return `-${durationText(-duration)}`;
  if (duration === 0n) return "0s";
  if (duration < NANOS_PER_SECOND) {
    const [unit, name] = duration < 1000n ? [1n, "ns"] : duration < 1_000_000n ? [1000n, "µs"] : [1_000_000n, "ms"];
    const rest = pad((duration % unit) * (1_000_000_000n / unit), 9);
    return `${duration / unit}${fraction(BigInt(rest))}${name}`;
  }
  const seconds = duration / NANOS_PER_SECOND;
  const tail = `${seconds % 60n}${fraction(duration % NANOS_PER_SECOND)}s`;
  if (seconds < 60n) return tail;
  const minutes = `${(seconds / 60n) % 60n}m${tail}`;
  return seconds < 3600n ? minutes : `${seconds / 3600n}h${minutes}`;
}
