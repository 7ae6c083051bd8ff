// Steps of a round (consensus/types/round_state.go of the fork).

/** Numbers as they travel in NewRoundStep. */
export const RoundStep = {
  newHeight: 1,
  newRound: 2,
  propose: 3,
  prevote: 4,
  prevoteWait: 5,
  precommit: 6,
  precommitWait: 7,
  commit: 8,
} as const;
export type RoundStep = (typeof RoundStep)[keyof typeof RoundStep];

const names: Readonly<Record<RoundStep, string>> = {
  [RoundStep.newHeight]: "RoundStepNewHeight",
  [RoundStep.newRound]: "RoundStepNewRound",
  [RoundStep.propose]: "RoundStepPropose",
  [RoundStep.prevote]: "RoundStepPrevote",
  [RoundStep.prevoteWait]: "RoundStepPrevoteWait",
  [RoundStep.precommit]: "RoundStepPrecommit",
  [RoundStep.precommitWait]: "RoundStepPrecommitWait",
  [RoundStep.commit]: "RoundStepCommit",
};

/** The name under which a step stands in the write-ahead log and in events. */
export function stepName(step: RoundStep): string {
  return names[step];
}
