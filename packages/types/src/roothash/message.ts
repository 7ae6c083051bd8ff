// Messages from and to runtimes. Reference: go/roothash/api/message.
import { bytes, nullable, optional, quantity, struct, u32, u64, type TypeOf } from "@wadi/codec";

import { ProposalContent, ProposalVote } from "../governance/proposals.ts";
import { Runtime } from "../registry/runtime.ts";
import { Address } from "../scalars/address.ts";
import { Versioned } from "../scalars/versioned.ts";
import { Escrow, ReclaimEscrow, Transfer, Withdraw } from "../staking/bodies.ts";

export const StakingMessage = struct("roothash.StakingMessage", {
  ...Versioned.members,
  transfer: optional(nullable(Transfer)),
  withdraw: optional(nullable(Withdraw)),
  addEscrow: optional(nullable(Escrow)),
  reclaimEscrow: optional(nullable(ReclaimEscrow)),
});
export type StakingMessage = TypeOf<typeof StakingMessage>;

export const RegistryMessage = struct("roothash.RegistryMessage", {
  ...Versioned.members,
  updateRuntime: optional(nullable(Runtime)),
});
export type RegistryMessage = TypeOf<typeof RegistryMessage>;

export const GovernanceMessage = struct("roothash.GovernanceMessage", {
  ...Versioned.members,
  castVote: optional(nullable(ProposalVote)),
  submitProposal: optional(nullable(ProposalContent)),
});
export type GovernanceMessage = TypeOf<typeof GovernanceMessage>;

/** A message a runtime emits; exactly one member is set. */
export const Message = struct("roothash.Message", {
  staking: optional(nullable(StakingMessage)),
  registry: optional(nullable(RegistryMessage)),
  governance: optional(nullable(GovernanceMessage)),
});
export type Message = TypeOf<typeof Message>;

/** A message queued for a runtime. */
export const IncomingMessage = struct("roothash.IncomingMessage", {
  id: u64,
  caller: Address,
  tag: optional(u64),
  fee: optional(quantity),
  tokens: optional(quantity),
  data: optional(bytes),
});
export type IncomingMessage = TypeOf<typeof IncomingMessage>;

export const IncomingMessageQueueMeta = struct("roothash.IncomingMessageQueueMeta", {
  size: optional(u32),
  nextSequenceNumber: optional(u64),
});
export type IncomingMessageQueueMeta = TypeOf<typeof IncomingMessageQueueMeta>;
