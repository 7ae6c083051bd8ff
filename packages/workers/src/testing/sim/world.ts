import type { Dice } from "@wadi/testing";
import type { Hash, roothash } from "@wadi/types";

import type { Judge } from "./judge.ts";
import type { Scenario } from "./scenario.ts";
import type { SimRuntime } from "./sim-runtime.ts";

/** Rules that a run may break on purpose, to see that it is noticed. */
export type Sabotage =
  /** Restarts forget what was signed. */
  | "forgets"
  /** Honest runtimes do not agree. */
  | "diverges"
  /** Nobody but the first scheduler proposes. */
  | "never-next-rank";

/** What nodes live in. */
export interface World {
  readonly scenario: Scenario;
  readonly runtime: SimRuntime;
  readonly judge: Judge;
  readonly dice: Dice;
  readonly sabotage: Sabotage | undefined;
  /** Runtime jobs may fail, crashes and losses happen. */
  readonly isFaulty: boolean;
  readonly nowMs: number;
  after(delayMs: number, action: () => void): void;
  /** Sends a commitment to consensus. */
  commit(from: number, commitment: roothash.ExecutorCommitment): void;
  /** Shows a proposal to other nodes. */
  propose(from: number, proposal: roothash.Proposal, to: (node: number) => boolean): void;
  /** Which of the transactions other nodes have. */
  fetch(from: number, hashes: readonly Hash[]): readonly Hash[];
  /** Whether the next block begins an epoch. */
  isBeforeEpoch(): boolean;
  note(node: number, text: string): void;
}
