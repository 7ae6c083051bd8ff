/** How much a record matters, lowest first. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** True if `level` is at least `threshold`. */
export function reaches(level: Level, threshold: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(threshold);
}

/** A level by its name in any letter case, or undefined. */
export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level === text.toLowerCase());
}

/** Thresholds by prefix of the module's name; `default` is for all others. */
export type Thresholds = Readonly<Record<string, Level>>;

/**
 * What a module's records must reach: the entry of the longest prefix of its name, but never less
 * than the default. Reference: go/common/logging/logging.go.
 */
export function thresholdOf(thresholds: Thresholds, module: string): Level {
  const base = thresholds["default"] ?? "info";
  const prefixes = Object.keys(thresholds).filter((prefix) => prefix !== "default" && module.startsWith(prefix));
  const longest = prefixes.sort((a, b) => b.length - a.length)[0];
  const own = longest === undefined ? base : (thresholds[longest] ?? base);
  return reaches(own, base) ? own : base;
}
