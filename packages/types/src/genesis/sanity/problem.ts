// How a genesis document fails its sanity check.
import { findCoded, UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

/**
 * The first rule that a document breaks. `path` names the member as it is in the file
 * (`staking.params.thresholds`); the pair (module, code) is that of the registration rule behind
 * it, if any, and otherwise (`unknown`, 1) as in the reference.
 */
export class SanityError extends WadiError {
  override readonly name = "SanityError";
  readonly path: string;

  constructor(text: string, path: string, cause?: unknown) {
    const { module = UNKNOWN_MODULE, code = UNKNOWN_CODE } = findCoded(cause) ?? {};
    super({ module, code, text }, { cause, data: { path } });
    this.path = path;
  }
}

/** Creates errors of one section with the prefix that operators know from the reference. */
export type ProblemFactory = (member: string, what: string, cause?: unknown) => SanityError;

/** `member` is appended to `path` with a dot, or directly if it begins with a bracket. */
export function problemsOf(prefix: string, path: string): ProblemFactory {
  return (member, what, cause) => {
    const separator = path === "" || member === "" || member.startsWith("[") ? "" : ".";
    return new SanityError(`${prefix}: ${what}`, `${path}${separator}${member}`, cause);
  };
}

/** The text for parameters that only test networks may set; the path names the member. */
export const UNSAFE_FLAGS = "one or more unsafe debug flags set";

/** The text of an error behind a failed rule. */
export function reason(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

/** The first of these members that is set, if any. */
export function firstSet<K extends string>(flags: Readonly<Record<K, boolean>>): K | undefined {
  for (const name in flags) if (flags[name]) return name;
  return undefined;
}
