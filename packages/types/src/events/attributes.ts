// Events as CometBFT carries them: one ABCI event per application with the type
// `oasis_event_<app>`, one attribute per event with its kind as key and text as value.
// Reference: go/consensus/api/events/events.go, go/consensus/cometbft/api/api.go.
import { DecodeError, decodeCbor, encodeCbor, parseBase64, type Schema } from "@wadi/codec";
import { bytesOf, namespaceFromBytes } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import { BeaconEvent, EpochEvent, VRFEvent } from "../beacon/beacon.ts";
import * as governance from "../governance/events.ts";
import { CreateEvent, UpdateEvent } from "../keymanager/churp/requests.ts";
import {
  EphemeralSecretPublishedEvent,
  MasterSecretPublishedEvent,
  StatusUpdateEvent,
} from "../keymanager/secrets/secrets.ts";
import * as registry from "../registry/events.ts";
import * as roothash from "../roothash/events.ts";
import { ElectedEvent } from "../scheduler/committee.ts";
import * as staking from "../staking/events.ts";
import * as vault from "../vault/events.ts";

/** Names of the applications, which also give the order they run in. */
export const appNames = {
  beacon: "000_beacon",
  staking: "100_staking",
  registry: "200_registry",
  scheduler: "200_scheduler",
  governance: "300_governance",
  vault: "400_vault",
  keymanager: "999_keymanager",
  roothash: "999_roothash",
} as const;
export type App = keyof typeof appNames;

/** The ABCI event type of an application. */
export function eventType(app: App): string {
  return `oasis_event_${appNames[app]}`;
}

/** The application of an ABCI event type, if it is one of ours. */
export function appOfEventType(type: string): App | undefined {
  return apps.find((app) => eventType(app) === type);
}

/** One kind of event and the text form of its attribute. */
export interface EventKind<T = unknown> {
  readonly app: App;
  readonly kind: string;
  readonly schema: Schema<T>;
  encode(value: T): string;
  /** Throws DecodeError. */
  decode(text: string): T;
}

const apps = Object.keys(appNames) as App[];

function eventKind<T>(app: App, kind: string, schema: Schema<T>): EventKind<T> {
  return {
    app,
    kind,
    schema,
    encode: (value) => toBase64(encodeCbor(schema, value)),
    decode: (text) => decodeCbor(schema, parseBase64(text)),
  };
}

/** Base64 of the raw identifier instead of CBOR. */
const runtimeId: EventKind<roothash.RuntimeIDAttribute> = {
  ...eventKind("roothash", "runtime_id", roothash.RuntimeIDAttribute),
  encode: ({ id }) => toBase64(bytesOf(id)),
  decode: (text) => {
    const bytes = parseBase64(text);
    try {
      return { id: namespaceFromBytes(bytes) };
    } catch (cause) {
      throw new DecodeError("malformed namespace", undefined, cause);
    }
  },
};

/** The text `1`, which carries nothing; other texts are read as well. */
const nodeListEpoch: EventKind<registry.NodeListEpochEvent> = {
  ...eventKind("registry", "node_list_epoch", registry.NodeListEpochEvent),
  encode: () => "1",
  decode: () => registry.NodeListEpochEvent.zero(),
};

/** Every kind of event. */
export const eventKinds = {
  stakingTransfer: eventKind("staking", "transfer", staking.TransferEvent),
  stakingBurn: eventKind("staking", "burn", staking.BurnEvent),
  stakingAddEscrow: eventKind("staking", "add_escrow", staking.AddEscrowEvent),
  stakingTakeEscrow: eventKind("staking", "take_escrow", staking.TakeEscrowEvent),
  stakingDebondingStart: eventKind("staking", "debonding_start", staking.DebondingStartEscrowEvent),
  stakingReclaimEscrow: eventKind("staking", "reclaim_escrow", staking.ReclaimEscrowEvent),
  stakingAllowanceChange: eventKind("staking", "allowance_change", staking.AllowanceChangeEvent),
  registryEntity: eventKind("registry", "entity", registry.EntityEvent),
  registryNode: eventKind("registry", "node", registry.NodeEvent),
  registryRuntimeStarted: eventKind("registry", "runtime_started", registry.RuntimeStartedEvent),
  registryRuntimeSuspended: eventKind("registry", "runtime_suspended", registry.RuntimeSuspendedEvent),
  registryNodeUnfrozen: eventKind("registry", "node_unfrozen", registry.NodeUnfrozenEvent),
  registryNodeListEpoch: nodeListEpoch,
  roothashRuntimeId: runtimeId,
  roothashExecutorCommit: eventKind("roothash", "executor_commit", roothash.ExecutorCommittedEvent),
  roothashExecutionDiscrepancy: eventKind(
    "roothash",
    "execution_discrepancy",
    roothash.ExecutionDiscrepancyDetectedEvent,
  ),
  roothashFinalized: eventKind("roothash", "finalized", roothash.FinalizedEvent),
  roothashInMsgProcessed: eventKind("roothash", "in_msg_processed", roothash.InMsgProcessedEvent),
  governanceProposalSubmitted: eventKind("governance", "proposal_submitted", governance.ProposalSubmittedEvent),
  governanceProposalExecuted: eventKind("governance", "proposal_executed", governance.ProposalExecutedEvent),
  governanceProposalFinalized: eventKind("governance", "proposal_finalized", governance.ProposalFinalizedEvent),
  governanceVote: eventKind("governance", "vote", governance.VoteEvent),
  vaultActionSubmitted: eventKind("vault", "action_submitted", vault.ActionSubmittedEvent),
  vaultActionCanceled: eventKind("vault", "action_canceled", vault.ActionCanceledEvent),
  vaultActionExecuted: eventKind("vault", "action_executed", vault.ActionExecutedEvent),
  vaultStateChanged: eventKind("vault", "state_changed", vault.StateChangedEvent),
  vaultPolicyUpdated: eventKind("vault", "policy_updated", vault.PolicyUpdatedEvent),
  vaultAuthorityUpdated: eventKind("vault", "authority_updated", vault.AuthorityUpdatedEvent),
  keymanagerStatus: eventKind("keymanager", "status", StatusUpdateEvent),
  keymanagerMasterSecret: eventKind("keymanager", "master_secret", MasterSecretPublishedEvent),
  keymanagerEphemeralSecret: eventKind("keymanager", "ephemeral_secret", EphemeralSecretPublishedEvent),
  churpCreate: eventKind("keymanager", "keymanager/churp.create", CreateEvent),
  churpUpdate: eventKind("keymanager", "keymanager/churp.update", UpdateEvent),
  schedulerElected: eventKind("scheduler", "elected", ElectedEvent),
  beaconEpoch: eventKind("beacon", "epoch", EpochEvent),
  beaconBeacon: eventKind("beacon", "beacon", BeaconEvent),
  beaconVrf: eventKind("beacon", "vrf", VRFEvent),
} as const;

const byAppAndKind: ReadonlyMap<string, EventKind> = new Map(
  Object.values(eventKinds).map((entry) => [`${entry.app}.${entry.kind}`, entry as EventKind]),
);

/** All kinds of events, for code that treats them alike. */
export function allEventKinds(): readonly EventKind[] {
  return [...byAppAndKind.values()];
}

/** The event an attribute key stands for within an application, if any. */
export function lookupEvent(app: App, kind: string): EventKind | undefined {
  return byAppAndKind.get(`${app}.${kind}`);
}
