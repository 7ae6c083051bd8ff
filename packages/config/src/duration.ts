// Durations as Go writes them: `90s`, `1h30m`, `1.5h`, `250ms`.

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /^(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;
/** 2^63 nanoseconds. */
const MAX_MS = 9_223_372_036_854.775;

/** Milliseconds, or undefined where Go's parser refuses the text. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") return undefined;
  let total = 0;
  while (rest !== "") {
    const [part, amount, unit] = PART.exec(rest) ?? [];
    if (part === undefined || amount === undefined || unit === undefined) return undefined;
    total += Number(amount) * (UNITS[unit] ?? 0);
    rest = rest.slice(part.length);
  }
  return total > MAX_MS ? undefined : sign * total;
}

/** `2m0s`, as Go prints a duration of so many milliseconds. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const sign = milliseconds < 0 ? "-" : "";
  const ms = Math.abs(milliseconds);
  if (ms < 1000) return ms >= 1 ? `${sign}${decimal(ms)}ms` : `${sign}${decimal(ms * 1000)}µs`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = decimal((ms % 60_000) / 1000);
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${sign}${head}${seconds}s`;
}

function decimal(value: number): string {
  return String(Number(value.toFixed(9)));
}
