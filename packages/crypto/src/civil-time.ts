// Calendar arithmetic on Unix seconds (UTC, proleptic Gregorian), for certificates. Here instead of
// Date because this package takes time as a number and has no clock.
import { civilFromDays, daysFromCivil, type CivilDate } from "@wadi/util";

const DAY = 86400;

export interface CivilTime extends CivilDate {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Date and time of whole Unix seconds. */
export function civilFromUnix(unixSeconds: number): CivilTime {
  const days = Math.floor(unixSeconds / DAY);
  const rest = unixSeconds - days * DAY;
  return {
    ...civilFromDays(days),
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: Math.floor(rest % 60),
  };
}

/** Unix seconds of a date and time. */
export function unixFromCivil(time: CivilTime): number {
  const days = daysFromCivil(time);
  return days * DAY + time.hour * 3600 + time.minute * 60 + time.second;
}

/** The same date and time a year later; 29 February becomes 1 March. */
export function addYear(unixSeconds: number): number {
  const time = civilFromUnix(unixSeconds);
  return unixFromCivil({ ...time, year: time.year + 1 });
}

/** RFC 3339 in UTC, whole seconds. */
export function formatUnix(unixSeconds: number): string {
  const t = civilFromUnix(Math.floor(unixSeconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${String(t.year).padStart(4, "0")}-${two(t.month)}-${two(t.day)}`;
  return `${date}T${two(t.hour)}:${two(t.minute)}:${two(t.second)}Z`;
}
