// Calendar arithmetic on Unix seconds (UTC, proleptic Gregorian), for certificates. Here instead of
// Date because this package takes time as a number and has no clock.

const DAY = 86400;

export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Days from 1970-01-01; a day beyond the month's end runs into the next month. */
function daysFromCivil(year: number, month: number, day: number): number {
  // Years begin in March so that the leap day is the last; 400 years have 146097 days.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Date and time of whole Unix seconds. */
export function civilFromUnix(unixSeconds: number): CivilTime {
  const days = Math.floor(unixSeconds / DAY);
  const rest = unixSeconds - days * DAY;
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: Math.floor(rest % 60),
  };
}

/** Unix seconds of a date and time. */
export function unixFromCivil(time: CivilTime): number {
  const days = daysFromCivil(time.year, time.month, time.day);
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
