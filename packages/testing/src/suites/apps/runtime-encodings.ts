import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, map, type Schema } from "@wadi/codec";
import { namespaceFromHex, publicKeyFromHex } from "@wadi/crypto";
import {
  EpochTime,
  PublicKey,
  beacon,
  churp,
  entity,
  events,
  node,
  registry,
  roothash,
  scheduler,
  secrets,
} from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly attributes: readonly { readonly kind: string; readonly value: string }[];
  readonly encodings: readonly { readonly type: string; readonly note?: string | null; readonly cbor: string }[];
  readonly staking_claim_ids: Readonly<Record<string, string>>;
}

const schemas = {
  "beacon.EpochTimeState": beacon.EpochTimeState,
  "beacon.EpochTime": EpochTime,
  "beacon.ConsensusParameters": beacon.ConsensusParameters,
  "beacon.VRFState": beacon.VRFState,
  "beacon.VRFProve": beacon.VRFProve,
  "event beacon.EpochEvent": beacon.EpochEvent,
  "event beacon.BeaconEvent": beacon.BeaconEvent,
  "event beacon.VRFEvent": beacon.VRFEvent,
  "entity.Entity": entity.Entity,
  "node.Node": node.Node,
  "node.SGXConstraints": node.SGXConstraints,
  "registry.NodeStatus": registry.NodeStatus,
  "registry.Runtime": registry.Runtime,
  "registry.ConsensusParameters": registry.ConsensusParameters,
  "registry.UnfreezeNode": registry.UnfreezeNode,
  "event registry.EntityEvent": registry.EntityEvent,
  "event registry.RuntimeSuspendedEvent": registry.RuntimeSuspendedEvent,
  "event registry.NodeUnfrozenEvent": registry.NodeUnfrozenEvent,
  "scheduler.ConsensusParameters": scheduler.ConsensusParameters,
  "scheduler.Committee": scheduler.Committee,
  "scheduler validators map": map(PublicKey, scheduler.Validator),
  "event scheduler.ElectedEvent": scheduler.ElectedEvent,
  "block.Block": roothash.Block,
  "roothash.RuntimeState": roothash.RuntimeState,
  "commitment.Pool": roothash.Pool,
  "commitment.ExecutorCommitment": roothash.ExecutorCommitment,
  "commitment.ExecutorCommitmentHeader": roothash.ExecutorCommitmentHeader,
  "commitment.Proposal": roothash.Proposal,
  "roothash.RoundRoots": roothash.RoundRoots,
  "roothash.RoundResults": roothash.RoundResults,
  "message.IncomingMessage": roothash.IncomingMessage,
  "message.IncomingMessageQueueMeta": roothash.IncomingMessageQueueMeta,
  "roothash.ConsensusParameters": roothash.ConsensusParameters,
  "event roothash.FinalizedEvent": roothash.FinalizedEvent,
  "event roothash.ExecutionDiscrepancyDetectedEvent": roothash.ExecutionDiscrepancyDetectedEvent,
  "event roothash.InMsgProcessedEvent": roothash.InMsgProcessedEvent,
  "secrets.Status": secrets.Status,
  "secrets.PolicySGX": secrets.PolicySGX,
  "secrets.SignedPolicySGX": secrets.SignedPolicySGX,
  "secrets.SignedEncryptedMasterSecret": secrets.SignedEncryptedMasterSecret,
  "secrets.SignedEncryptedEphemeralSecret": secrets.SignedEncryptedEphemeralSecret,
  "secrets.SignedInitResponse": secrets.SignedInitResponse,
  "event secrets.StatusUpdateEvent": secrets.StatusUpdateEvent,
  "churp.ConsensusParameters": churp.ConsensusParameters,
  "churp.Status": churp.Status,
  "churp.CreateRequest": churp.CreateRequest,
  "churp.SignedApplicationRequest": churp.SignedApplicationRequest,
  "event churp.UpdateEvent": churp.UpdateEvent,
} as Readonly<Record<string, unknown>> as Readonly<Record<string, Schema<unknown>>>;

const { eventKinds } = events;
const runtimeId = namespaceFromHex("8000000000000000000000000000000000000000000000000000000000000010");
const keyManagerId = namespaceFromHex("c000000000000000ffffffffffffffffffffffffffffffffffffffffffffffff");

/** The events behind the attributes, made from values. */
const attributes: Readonly<Record<string, () => string>> = {
  epoch: () => eventKinds.beaconEpoch.encode({ epoch: 3n }),
  node_list_epoch: () => eventKinds.registryNodeListEpoch.encode({}),
  runtime_id: () => eventKinds.roothashRuntimeId.encode({ id: runtimeId }),
  finalized: () => eventKinds.roothashFinalized.encode({ round: 3n }),
  elected: () => eventKinds.schedulerElected.encode({ kinds: [scheduler.committeeKinds.executor] }),
  "keymanager/churp.create": () => eventKinds.churpCreate.encode({ status: null }),
  "keymanager/churp.update": () => eventKinds.churpUpdate.encode({ status: null }),
  master_secret: () => eventKinds.keymanagerMasterSecret.encode({ secret: null }),
  ephemeral_secret: () => eventKinds.keymanagerEphemeralSecret.encode({ secret: null }),
};

const claimIds: Readonly<Record<string, () => string>> = {
  entity: () => registry.STAKE_CLAIM_REGISTER_ENTITY,
  "node pk 0x01*32": () => registry.stakeClaimForNode(publicKeyFromHex("01".repeat(32))),
  runtime: () => registry.stakeClaimForRuntime(runtimeId),
  "churp id 3 of key manager": () => churp.stakeClaim(keyManagerId, 3),
};

function known<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = table[name];
  assert.ok(found !== undefined, `nothing is known about ${name}`);
  return found;
}

/** State values, bodies, events and attributes of these applications are read and written as they are. */
export const suite: Suite = {
  file: "apps/runtime-encodings",
  run(r: Recorder): void {
    const file = loadVector<File>("apps/runtime-encodings");
    if (!file) return;
    for (const { type, note, cbor } of file.encodings) {
      r.case(`${type}: ${note ?? ""}`, () => {
        const schema = known(schemas, type);
        for (const mode of ["strict", "trusted"] as const) {
          const value = decodeCbor(schema, fromHex(cbor), mode);
          assert.equal(toHex(encodeCbor(schema, value)), cbor, mode);
        }
      });
    }
    for (const { kind, value } of file.attributes) {
      r.case(`attribute ${kind}`, () => assert.equal(known(attributes, kind)(), value));
    }
    for (const [what, id] of Object.entries(file.staking_claim_ids)) {
      r.case(`claim of ${what}`, () => assert.equal(known(claimIds, what)(), id));
    }
  },
};
