// The methods of consensus transactions: what body each takes and what gas it costs.
// Reference: the Method* variables of go/*/api, go/keymanager/churp and go/consensus/api/meta.go.
import { decodeCbor, encodeCbor, lenientBytes, type Schema } from "@wadi/codec";

import { VRFProve } from "../beacon/beacon.ts";
import { BlockMetadata } from "../consensus/blocks.ts";
import { SignedEntity } from "../entity/entity.ts";
import { ProposalContent, ProposalVote } from "../governance/proposals.ts";
import {
  CreateRequest,
  SignedApplicationRequest,
  SignedConfirmationRequest,
  UpdateRequest,
} from "../keymanager/churp/requests.ts";
import { SignedPolicySGX } from "../keymanager/secrets/policy.ts";
import { SignedEncryptedEphemeralSecret, SignedEncryptedMasterSecret } from "../keymanager/secrets/secrets.ts";
import { MultiSignedNode } from "../node/node.ts";
import { DeregisterEntity, UnfreezeNode } from "../registry/bodies.ts";
import { Runtime } from "../registry/runtime.ts";
import { Evidence, ExecutorCommit, SubmitMsg } from "../roothash/bodies.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Allow, Burn, Escrow, ReclaimEscrow, Transfer, Withdraw } from "../staking/bodies.ts";
import { AmendCommissionSchedule } from "../staking/commission.ts";
import { AuthorizeAction, CancelAction, Create } from "../vault/actions.ts";
import type { Transaction } from "./transaction.ts";

/** A method of consensus transactions. */
export interface Method<T = unknown> {
  /** `module.Method`. */
  readonly name: string;
  readonly body: Schema<T>;
  /** Its key in the `gas_costs` of the module's parameters; none for methods that cost nothing. */
  readonly gasOp: string | undefined;
  /** What the reference's default parameters charge for it. */
  readonly defaultGas: bigint;
}

function method<T>(name: string, body: Schema<T>, gasOp?: string, defaultGas = 0n): Method<T> {
  return Object.freeze({ name, body, gasOp, defaultGas });
}

/** Body of `registry.ProveFreshness`: a bare 32-byte array, padded or cut on decoding. */
export const FreshnessBlob = lenientBytes("registry.ProveFreshness", 32);

/** All methods, by a name for code. */
export const methods = {
  stakingTransfer: method("staking.Transfer", Transfer, "transfer"),
  stakingBurn: method("staking.Burn", Burn, "burn"),
  stakingAddEscrow: method("staking.AddEscrow", Escrow, "add_escrow"),
  stakingReclaimEscrow: method("staking.ReclaimEscrow", ReclaimEscrow, "reclaim_escrow"),
  stakingAmendCommissionSchedule: method(
    "staking.AmendCommissionSchedule",
    AmendCommissionSchedule,
    "amend_commission_schedule",
  ),
  stakingAllow: method("staking.Allow", Allow, "allow"),
  stakingWithdraw: method("staking.Withdraw", Withdraw, "withdraw"),
  registerEntity: method("registry.RegisterEntity", SignedEntity, "register_entity", 1000n),
  deregisterEntity: method("registry.DeregisterEntity", DeregisterEntity, "deregister_entity", 1000n),
  registerNode: method("registry.RegisterNode", MultiSignedNode, "register_node", 1000n),
  unfreezeNode: method("registry.UnfreezeNode", UnfreezeNode, "unfreeze_node", 1000n),
  registerRuntime: method("registry.RegisterRuntime", Runtime, "register_runtime", 1000n),
  proveFreshness: method("registry.ProveFreshness", FreshnessBlob, "prove_freshness", 1000n),
  executorCommit: method("roothash.ExecutorCommit", ExecutorCommit, "compute_commit", 1000n),
  evidence: method("roothash.Evidence", Evidence, "evidence", 1000n),
  submitMsg: method("roothash.SubmitMsg", SubmitMsg, "submit_msg", 1000n),
  submitProposal: method("governance.SubmitProposal", ProposalContent, "submit_proposal", 1000n),
  castVote: method("governance.CastVote", ProposalVote, "cast_vote", 1000n),
  vrfProve: method("beacon.VRFProve", VRFProve, "vrf_prove"),
  setEpoch: method("beacon.SetEpoch", EpochTime),
  updatePolicy: method("keymanager.UpdatePolicy", SignedPolicySGX, "update_policy", 1000n),
  publishMasterSecret: method(
    "keymanager.PublishMasterSecret",
    SignedEncryptedMasterSecret,
    "publish_master_secret",
    1000n,
  ),
  publishEphemeralSecret: method(
    "keymanager.PublishEphemeralSecret",
    SignedEncryptedEphemeralSecret,
    "publish_ephemeral_secret",
    1000n,
  ),
  churpCreate: method("keymanager/churp.Create", CreateRequest, "create", 1000n),
  churpUpdate: method("keymanager/churp.Update", UpdateRequest, "update", 1000n),
  // The reference registers these two under the unsigned request but decodes the signed one.
  churpApply: method("keymanager/churp.Apply", SignedApplicationRequest, "apply", 1000n),
  churpConfirm: method("keymanager/churp.Confirm", SignedConfirmationRequest, "confirm", 1000n),
  vaultCreate: method("vault.Create", Create, "create", 10_000n),
  vaultAuthorizeAction: method("vault.AuthorizeAction", AuthorizeAction, "authorize_action", 5000n),
  vaultCancelAction: method("vault.CancelAction", CancelAction, "cancel_action", 5000n),
  /** A system transaction: only a proposer may put it into its own block. */
  consensusMeta: method("consensus.Meta", BlockMetadata),
} as const;

const byName: ReadonlyMap<string, Method> = new Map(
  Object.values(methods).map((entry) => [entry.name, entry as Method]),
);

/** The method of a name, if there is one. */
export function lookupMethod(name: string): Method | undefined {
  return byName.get(name);
}

/** All methods, in the order of the table. */
export function allMethods(): readonly Method[] {
  return [...byName.values()];
}

/** The module part of a method name; the whole text if it has no method part. */
export function methodModule(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

/** A transaction that calls a method. `fee` null is no fee at all. */
export function newTransaction<T>(
  { name, body }: Method<T>,
  value: T,
  options: { readonly nonce: bigint; readonly fee: Transaction["fee"] },
): Transaction {
  return { nonce: options.nonce, fee: options.fee, method: name, body: encodeCbor(body, value) };
}

/** The body of a transaction, strictly decoded; an absent body is the zero value. Throws DecodeError. */
export function decodeBody<T>(called: Method<T>, transaction: Transaction): T {
  return transaction.body === null ? called.body.zero() : decodeCbor(called.body, transaction.body);
}
