// Counting the votes of a proposal, and what its results decide.
import assert from "node:assert/strict";
import { governanceApp } from "@wadi/apps";
import { bool, decodeJson, list, map, nilable, nullable, optional, quantity, struct, text, u64, u8 } from "@wadi/codec";
import { Address, governance, staking } from "@wadi/types";
import type { Suite } from "../../ledger.ts";
import { vectorBytes } from "../../vectors.ts";

const FILE = "apps/economy-governance-tally";

const Results = map(governance.Vote, quantity);

const TallyCase = struct("tally", {
  input: struct("tally input", {
    delegationsByVoter: map(Address, map(Address, staking.Delegation)),
    stakeThreshold: u8,
    totalVotingStake: quantity,
    validatorEntityPools: map(Address, staking.SharePool),
    votes: nullable(list(governance.VoteEntry)),
  }),
  invalidVotes: u64,
  results: Results,
  state: governance.ProposalState,
});

const Decision = struct("threshold decision", {
  note: text,
  state: governance.ProposalState,
  total: quantity,
  threshold: u8,
  results: optional(nilable(Results)),
  expected: optional(governance.ProposalState),
  error: optional(bool),
});

const File = struct("economy-governance-tally", {
  about: text,
  tallies: list(TallyCase),
  thresholdDecisions: list(Decision),
});

export const suite: Suite = {
  file: FILE,
  run(r) {
    const bytes = vectorBytes(FILE);
    if (bytes === undefined) return;
    const file = decodeJson(File, bytes);
    for (const [i, { input, invalidVotes, results, state }] of file.tallies.entries()) {
      r.case(`tally ${i}`, () => {
        const delegationsFor = (voter: Address): ReadonlyMap<Address, staking.Delegation> =>
          input.delegationsByVoter.get(voter) ?? new Map<Address, staking.Delegation>();
        const tally = governanceApp.tallyVotes(input.validatorEntityPools, input.votes ?? [], delegationsFor);
        assert.deepEqual(tally, { results, invalidVotes });
        const active = { state: governance.proposalStates.active, results: tally.results };
        assert.equal(governanceApp.decide(active, input.totalVotingStake, input.stakeThreshold), state, "decision");
      });
    }
    for (const { note, total, threshold, expected, error, ...proposal } of file.thresholdDecisions) {
      r.case(`decision: ${note}`, () => {
        const decide = (): number => governanceApp.decide(proposal, total, threshold);
        if (error) assert.throws(decide, { module: "unknown", code: 1 });
        else assert.equal(decide(), expected);
      });
    }
  },
};
