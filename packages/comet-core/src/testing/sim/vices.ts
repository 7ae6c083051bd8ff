// What a byzantine validator may do.

export const vices = [
  /** Sends no votes, proposals and parts for some heights. */
  "silence",
  /** Votes for one block to some peers and for another or none to the others. */
  "two-votes",
  /** Proposes one valid block to some peers and another valid one to the others. */
  "two-proposals",
  /** Proposes blocks that break a rule. */
  "invalid-proposal",
  /** Damages block parts on their way out. */
  "bad-parts",
  /** Votes for the round's proposal whatever it has locked and whether or not two thirds prevoted. */
  "no-locks",
  /** Votes in rounds that are over or yet to come. */
  "other-rounds",
  /** Sends again what it got or sent long ago. */
  "replay",
  /** Claims votes, majorities, steps and blocks that are not there. */
  "lies",
  /** Signs wrongly. */
  "bad-signatures",
  /** Sends evidence against others that proves nothing. */
  "false-evidence",
  /** Sends bytes that do not parse, or too many. */
  "garbage",
] as const;

export type Vice = (typeof vices)[number];
