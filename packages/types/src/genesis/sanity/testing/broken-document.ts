// What a broken document is.
import type { Edit } from "./edits.ts";

export interface BrokenDocument {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** How the text begins. */
  readonly prefix: string;
  /** Where the rule was broken. */
  readonly path: string;
  /** The registry's or staking's code, where a rule of registrations is behind it. */
  readonly code?: number;
  /** `--debug.dont_blame_oasis` lets it pass. */
  readonly passesInDebugMode?: boolean;
}
