// Optional checks of the whole state at the end of some blocks. They write nothing, and their own
// memory is no part of consensus. A state that fails one stops the node.
// Reference: go/consensus/cometbft/apps/supplementarysanity/supplementarysanity.go.
import type { Application } from "../framework/application.ts";
import { checkState } from "./checks.ts";

export interface SupplementarySanityOptions {
  /** In blocks: one check in each interval. */
  readonly interval: number;
  /** A whole number from 0 up to `bound`, which is not included. */
  readonly random: (bound: number) => number;
}

export function supplementarySanityApplication(options: SupplementarySanityOptions): Application {
  const isDue = checkSchedule(options);
  return {
    name: "999_supplementarysanity",
    module: "supplementarysanity",
    keys: {},
    endBlock: (ctx) => {
      if (isDue(ctx.lastHeight)) checkState(ctx);
      return undefined;
    },
  };
}

/** Picks one height of each interval; of the interval it begins in, one that is still to come. */
export function checkSchedule({ interval, random }: SupplementarySanityOptions): (height: number) => boolean {
  let current = 0;
  let checkHeight = 0;
  return (height) => {
    if (height === 1) return false;
    const newInterval = Math.floor(height / interval);
    if (newInterval !== current) {
      const passed = height % interval;
      current = newInterval;
      checkHeight = newInterval * interval + passed + random(interval - passed);
    }
    return height === checkHeight;
  };
}
