// Enumerations of governance. Reference: go/governance/api/api.go.
import { enumeration } from "@wadi/codec";

export const proposalStates = { active: 1, passed: 2, rejected: 3, failed: 4 } as const;

export const ProposalState = enumeration("governance.ProposalState", "u8", {
  1: "active",
  2: "passed",
  3: "rejected",
  4: "failed",
});
export type ProposalState = number;

export const votes = { yes: 1, no: 2, abstain: 3 } as const;

export const Vote = enumeration("governance.Vote", "u8", { 1: "yes", 2: "no", 3: "abstain" });
export type Vote = number;
