// Events of the engine as the consensus services give them: one for each attribute, with height
// and transaction. Reference: go/consensus/cometbft/{staking,registry,roothash,governance,vault}/events.go.
import type { AbciEvent } from "@wadi/comet-types";
import { sha512_256 } from "@wadi/crypto";
import {
  events,
  governance,
  registry,
  roothash,
  staking,
  vault,
  type Hash,
  type churp,
  type results,
  type secrets,
} from "@wadi/types";
import { toHex } from "@wadi/util";

/** Where events come from. */
export interface EventPlace {
  readonly height: number;
  /** Of the transaction; the hash of nothing for events of the block. */
  readonly txHash: Hash;
}

/** The events of all services in one list of the engine's events. */
export interface ServiceEvents {
  readonly staking: readonly staking.Event[];
  readonly registry: readonly registry.Event[];
  readonly roothash: readonly roothash.Event[];
  readonly governance: readonly governance.Event[];
  readonly vault: readonly vault.Event[];
}

/** What only streams tell of; there are no lists of it by height. */
export interface StreamedEvents {
  /** An epoch began, and with it another list of nodes. */
  readonly nodeList: readonly registry.NodeListEpochEvent[];
  readonly keymanagerStatus: readonly (secrets.Status | null)[];
  readonly masterSecret: readonly (secrets.SignedEncryptedMasterSecret | null)[];
  readonly ephemeralSecret: readonly (secrets.SignedEncryptedEphemeralSecret | null)[];
  readonly churpStatus: readonly (churp.Status | null)[];
}

const hashOf = (bytes: Uint8Array): Hash => toHex(sha512_256(bytes)) as Hash;
/** What block events carry in place of a transaction's hash. */
export const NO_TRANSACTION: Hash = hashOf(new Uint8Array(0));

export function placeOfTransaction(height: number, raw: Uint8Array): EventPlace {
  return { height, txHash: hashOf(raw) };
}

export function placeOfBlock(height: number): EventPlace {
  return { height, txHash: NO_TRANSACTION };
}

/** An attribute of an event of one of the applications. */
interface Attribute {
  readonly kind: string;
  readonly value: unknown;
}

function attributesOf(app: events.App, event: AbciEvent): readonly Attribute[] {
  if (event.type !== events.eventType(app)) return [];
  return event.attributes.flatMap(({ key, value }) => {
    const kind = events.lookupEvent(app, key);
    return kind === undefined ? [] : [{ kind: key, value: kind.decode(value) }];
  });
}

const escrowMembers: Readonly<Record<string, keyof staking.EscrowEvent>> = {
  add_escrow: "add",
  take_escrow: "take",
  debonding_start: "debondingStart",
  reclaim_escrow: "reclaim",
};

const members = {
  staking: { transfer: "transfer", burn: "burn", allowance_change: "allowanceChange" },
  registry: {
    runtime_started: "runtimeStarted",
    runtime_suspended: "runtimeSuspended",
    entity: "entity",
    node: "node",
    node_unfrozen: "nodeUnfrozen",
  },
  roothash: {
    executor_commit: "executorCommitted",
    execution_discrepancy: "executionDiscrepancy",
    finalized: "finalized",
    in_msg_processed: "inMsgProcessed",
  },
  governance: {
    proposal_submitted: "proposalSubmitted",
    proposal_executed: "proposalExecuted",
    proposal_finalized: "proposalFinalized",
    vote: "vote",
  },
  vault: {
    action_submitted: "actionSubmitted",
    action_canceled: "actionCanceled",
    action_executed: "actionExecuted",
    state_changed: "stateChanged",
    policy_updated: "policyUpdated",
    authority_updated: "authorityUpdated",
  },
} as const;

type Named = Readonly<Record<string, string>>;

/** Events with one attribute each under the member that its kind names. */
function simple<T>(app: keyof typeof members, event: AbciEvent, zero: T, place: EventPlace): readonly T[] {
  const names: Named = members[app];
  return attributesOf(app, event).flatMap(({ kind, value }) => {
    const member = names[kind];
    return member === undefined ? [] : [{ ...zero, ...place, [member]: value }];
  });
}

function stakingEvents(event: AbciEvent, place: EventPlace): readonly staking.Event[] {
  const zero = staking.Event.zero();
  return attributesOf("staking", event).map(({ kind, value }) => {
    const member = escrowMembers[kind];
    if (member === undefined) return { ...zero, ...place, [(members.staking as Named)[kind] ?? ""]: value };
    return { ...zero, ...place, escrow: { ...staking.EscrowEvent.zero(), [member]: value } };
  });
}

/** Roothash joins an event with the identifier of its runtime. */
function roothashEvents(event: AbciEvent, place: EventPlace): readonly roothash.Event[] {
  const attributes = attributesOf("roothash", event);
  const runtime = attributes.find(({ kind }) => kind === "runtime_id");
  if (runtime === undefined) return [];
  const { id: runtimeId } = runtime.value as roothash.RuntimeIDAttribute;
  const last = attributes.findLast(({ kind }) => kind !== "runtime_id");
  const member = last && (members.roothash as Named)[last.kind];
  if (last === undefined || member === undefined) return [];
  return [{ ...roothash.Event.zero(), ...place, runtimeId, [member]: last.value }];
}

/** The events of the services in a list of the engine's. Throws DecodeError for what no application writes. */
export function serviceEvents(list: readonly AbciEvent[], place: EventPlace): ServiceEvents {
  return {
    staking: list.flatMap((event) => stakingEvents(event, place)),
    registry: list.flatMap((event) => simple("registry", event, registry.Event.zero(), place)),
    roothash: list.flatMap((event) => roothashEvents(event, place)),
    governance: list.flatMap((event) => simple("governance", event, governance.Event.zero(), place)),
    vault: list.flatMap((event) => simple("vault", event, vault.Event.zero(), place)),
  };
}

/** Events of several places, one after the other. */
export function joinEvents(parts: readonly ServiceEvents[]): ServiceEvents {
  return {
    staking: parts.flatMap((part) => part.staking),
    registry: parts.flatMap((part) => part.registry),
    roothash: parts.flatMap((part) => part.roothash),
    governance: parts.flatMap((part) => part.governance),
    vault: parts.flatMap((part) => part.vault),
  };
}

/** The events that a transaction's result lists; those of the vault are not among them. */
export function resultEvents(part: ServiceEvents): readonly results.Event[] {
  return [
    ...part.staking.map((event) => ({ staking: event })),
    ...part.registry.map((event) => ({ registry: event })),
    ...part.roothash.map((event) => ({ roothash: event })),
    ...part.governance.map((event) => ({ governance: event })),
  ].map((event) => ({ staking: null, registry: null, roothash: null, governance: null, ...event }));
}

/** What streams tell of in a list of the engine's events. Throws as `serviceEvents` does. */
export function streamedEvents(list: readonly AbciEvent[]): StreamedEvents {
  const { eventKinds } = events;
  const of = <T>({ app, kind, decode }: events.EventKind<T>): readonly T[] => {
    const ofApp = list.filter(({ type }) => type === events.eventType(app));
    return ofApp.flatMap(({ attributes }) =>
      attributes.filter(({ key }) => key === kind).map(({ value }) => decode(value)),
    );
  };
  return {
    nodeList: of(eventKinds.registryNodeListEpoch),
    keymanagerStatus: of(eventKinds.keymanagerStatus).flatMap(({ statuses }) => statuses ?? []),
    masterSecret: of(eventKinds.keymanagerMasterSecret).map(({ secret }) => secret),
    ephemeralSecret: of(eventKinds.keymanagerEphemeralSecret).map(({ secret }) => secret),
    churpStatus: [...of(eventKinds.churpCreate), ...of(eventKinds.churpUpdate)].map(({ status }) => status),
  };
}
