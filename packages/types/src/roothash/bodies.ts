// Transaction bodies of roothash. Reference: go/roothash/api/api.go.
import { bytes, list, nullable, optional, quantity, struct, u64, type TypeOf } from "@wadi/codec";

import { Namespace } from "../scalars/namespace.ts";
import { ExecutorCommitment, Proposal } from "./commitment.ts";

/** Body of `roothash.ExecutorCommit`. */
export const ExecutorCommit = struct("roothash.ExecutorCommit", {
  id: Namespace,
  commits: nullable(list(ExecutorCommitment)),
});
export type ExecutorCommit = TypeOf<typeof ExecutorCommit>;

export const EquivocationExecutorEvidence = struct("roothash.EquivocationExecutorEvidence", {
  commitA: ExecutorCommitment,
  commitB: ExecutorCommitment,
});
export type EquivocationExecutorEvidence = TypeOf<typeof EquivocationExecutorEvidence>;

export const EquivocationProposalEvidence = struct("roothash.EquivocationProposalEvidence", {
  propA: Proposal,
  propB: Proposal,
});
export type EquivocationProposalEvidence = TypeOf<typeof EquivocationProposalEvidence>;

/** Body of `roothash.Evidence`; exactly one kind is set. */
export const Evidence = struct("roothash.Evidence", {
  id: Namespace,
  equivocationExecutor: optional(nullable(EquivocationExecutorEvidence)),
  equivocationProp: optional(nullable(EquivocationProposalEvidence)),
});
export type Evidence = TypeOf<typeof Evidence>;

/** Body of `roothash.SubmitMsg`: an incoming message for a runtime. */
export const SubmitMsg = struct("roothash.SubmitMsg", {
  id: Namespace,
  tag: optional(u64),
  fee: optional(quantity),
  tokens: optional(quantity),
  data: optional(bytes),
});
export type SubmitMsg = TypeOf<typeof SubmitMsg>;
