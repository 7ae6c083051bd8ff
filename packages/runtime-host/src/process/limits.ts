// Bounds on what a component may use, by running its program below a wrapper that sets them.
import type { ResourceLimits } from "./resource-limits.ts";

/** A command that is bounded, and what to do once it has ended. */
export interface LimitedCommand {
  readonly command: readonly [string, ...string[]];
  release(): Promise<void>;
}

export interface ProcessLimiter {
  /** What is enforced; for status reports and tests. */
  readonly enforced: ResourceLimits;
  /** Makes the bounds for one run of the command. */
  limit(command: readonly [string, ...string[]]): Promise<LimitedCommand>;
}

/** Enforces nothing. */
export const noLimits: ProcessLimiter = {
  enforced: {},
  limit: (command) => Promise.resolve({ command, release: () => Promise.resolve() }),
};
