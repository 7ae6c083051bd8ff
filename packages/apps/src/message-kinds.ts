// Every message that applications send each other: who publishes it, what it carries, what the
// one subscriber that takes it answers. Reference: go/consensus/cometbft/apps/*/api/api.go,
// go/consensus/cometbft/api/subcall.go.
import type { Address } from "@wadi/crypto";
import type { governance, registry, roothash, staking } from "@wadi/types";

import { messageKind } from "./framework/messages.ts";

/** The answer of whoever took a message that has nothing more to say. */
export const taken = Object.freeze({ taken: true });
export type Taken = typeof taken;

/** Somebody withdraws from an account that has a withdraw hook. */
export interface WithdrawHook {
  readonly destination: staking.HookDestination;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
}

/** A message of a runtime; what it answers is the CBOR of the method's result. */
export interface RuntimeMessage<M> {
  readonly message: M;
  /** False only where an application sends the message in its own name. */
  readonly fromRuntime: boolean;
}

export const messages = {
  /** Staking asks whether a withdrawal is authorized; an error refuses it. */
  accountHook: messageKind<WithdrawHook, Taken>("staking/account hook"),
  /** Governance applies the changes of a proposal that passed. */
  changeParameters: messageKind<governance.ChangeParametersProposal, Taken>("governance/change parameters"),
  /** Governance asks whether the changes of a new proposal are valid. */
  validateParameterChanges: messageKind<governance.ChangeParametersProposal, Taken>(
    "governance/validate parameter changes",
  ),
  runtimeNoop: messageKind<RuntimeMessage<null>, Uint8Array>("roothash/runtime message noop"),
  runtimeStaking: messageKind<RuntimeMessage<roothash.StakingMessage>, Uint8Array>("roothash/runtime message staking"),
  runtimeRegistry: messageKind<RuntimeMessage<roothash.RegistryMessage>, Uint8Array>(
    "roothash/runtime message registry",
  ),
  runtimeGovernance: messageKind<RuntimeMessage<roothash.GovernanceMessage>, Uint8Array>(
    "roothash/runtime message governance",
  ),
  /** Not sent for updates. */
  newRuntimeRegistered: messageKind<registry.Runtime>("registry/new runtime registered"),
  /** Also sent for new runtimes; an error prevents the registration. */
  runtimeUpdated: messageKind<registry.Runtime>("registry/runtime updated"),
  runtimeResumed: messageKind<registry.Runtime>("registry/runtime resumed"),
  /** The epoch for which committees are about to be elected. */
  beforeSchedule: messageKind<bigint>("scheduler/before schedule"),
} as const;
