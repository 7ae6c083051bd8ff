// What a runtime asks its host for (go/runtime/host/protocol/types.go, types_rofl.go). Reading of
// trees is in `@wadi/mkvs`, which serves it.
import {
  bool,
  bytes,
  enumeration,
  lenientBytes,
  list,
  named,
  nullable,
  optional,
  struct,
  text,
  u32,
  u64,
  type TypeOf,
} from "@wadi/codec";
import { Proof } from "@wadi/mkvs";
import { consensus, Hash, Namespace, PublicKey, results, transaction } from "@wadi/types";
import { PeerFeedback, RpcKind } from "./updates.ts";

export const HostRpcCallRequest = struct("protocol.HostRPCCallRequest", {
  endpoint: text,
  requestId: u64,
  request: bytes,
  kind: optional(RpcKind),
  nodes: list(PublicKey),
  /** Old style: rates the peer that answered the previous call. */
  peerFeedback: named("pf", optional(nullable(PeerFeedback))),
});
export type HostRpcCallRequest = TypeOf<typeof HostRpcCallRequest>;

/** `node` answered; zeros for local endpoints. */
export const HostRpcCallResponse = struct("protocol.HostRPCCallResponse", { response: bytes, node: PublicKey });
export type HostRpcCallResponse = TypeOf<typeof HostRpcCallResponse>;

export const HostSubmitPeerFeedbackRequest = struct("protocol.HostSubmitPeerFeedbackRequest", {
  endpoint: text,
  requestId: u64,
  peerFeedback: PeerFeedback,
});
export type HostSubmitPeerFeedbackRequest = TypeOf<typeof HostSubmitPeerFeedbackRequest>;

export const HostLocalStorageGetRequest = struct("protocol.HostLocalStorageGetRequest", { key: bytes });
export type HostLocalStorageGetRequest = TypeOf<typeof HostLocalStorageGetRequest>;

/** Null where the key is missing. */
export const HostLocalStorageGetResponse = struct("protocol.HostLocalStorageGetResponse", { value: nullable(bytes) });
export type HostLocalStorageGetResponse = TypeOf<typeof HostLocalStorageGetResponse>;

export const HostLocalStorageSetRequest = struct("protocol.HostLocalStorageSetRequest", { key: bytes, value: bytes });
export type HostLocalStorageSetRequest = TypeOf<typeof HostLocalStorageSetRequest>;

/** Height 0 is the latest. */
export const HostFetchConsensusBlockRequest = struct("protocol.HostFetchConsensusBlockRequest", { height: u64 });
export type HostFetchConsensusBlockRequest = TypeOf<typeof HostFetchConsensusBlockRequest>;

export const HostFetchConsensusBlockResponse = struct("protocol.HostFetchConsensusBlockResponse", {
  block: consensus.LightBlock,
});
export type HostFetchConsensusBlockResponse = TypeOf<typeof HostFetchConsensusBlockResponse>;

export const HostFetchConsensusValidatorsRequest = struct("protocol.HostFetchConsensusValidatorsRequest", {
  height: u64,
});
export type HostFetchConsensusValidatorsRequest = TypeOf<typeof HostFetchConsensusValidatorsRequest>;

export const HostFetchConsensusValidatorsResponse = struct("protocol.HostFetchConsensusValidatorsResponse", {
  validators: consensus.Validators,
});
export type HostFetchConsensusValidatorsResponse = TypeOf<typeof HostFetchConsensusValidatorsResponse>;

/** A u8; see `eventKinds`. */
export const EventKind = enumeration("protocol.EventKind", "u8", undefined);
export type EventKind = number;

export const eventKinds = { staking: 1, registry: 2, roothash: 3, governance: 4 } as const;

export const HostFetchConsensusEventsRequest = struct("protocol.HostFetchConsensusEventsRequest", {
  height: u64,
  kind: EventKind,
});
export type HostFetchConsensusEventsRequest = TypeOf<typeof HostFetchConsensusEventsRequest>;

export const HostFetchConsensusEventsResponse = struct("protocol.HostFetchConsensusEventsResponse", {
  events: optional(list(results.Event)),
});
export type HostFetchConsensusEventsResponse = TypeOf<typeof HostFetchConsensusEventsResponse>;

/** Asks for more transactions while a batch is scheduled. */
export const HostFetchTxBatchRequest = struct("protocol.HostFetchTxBatchRequest", {
  offset: optional(nullable(Hash)),
  limit: u32,
});
export type HostFetchTxBatchRequest = TypeOf<typeof HostFetchTxBatchRequest>;

export const HostFetchTxBatchResponse = struct("protocol.HostFetchTxBatchResponse", { batch: optional(list(bytes)) });
export type HostFetchTxBatchResponse = TypeOf<typeof HostFetchTxBatchResponse>;

export const HostFetchGenesisHeightResponse = struct("protocol.HostFetchGenesisHeightResponse", { height: u64 });
export type HostFetchGenesisHeightResponse = TypeOf<typeof HostFetchGenesisHeightResponse>;

export const HostFetchBlockMetadataTxRequest = struct("protocol.HostFetchBlockMetadataTxRequest", { height: u64 });
export type HostFetchBlockMetadataTxRequest = TypeOf<typeof HostFetchBlockMetadataTxRequest>;

/** A transaction and the proof that a block holds it. */
export const ProvenTransaction = struct("protocol.ProvenTransaction", {
  signedTx: nullable(transaction.SignedTransaction),
  proof: nullable(transaction.Proof),
});
export type ProvenTransaction = TypeOf<typeof ProvenTransaction>;

export const HostProveFreshnessRequest = struct("protocol.HostProveFreshnessRequest", {
  blob: lenientBytes("freshness blob", 32),
});
export type HostProveFreshnessRequest = TypeOf<typeof HostProveFreshnessRequest>;

export const HostIdentityResponse = struct("protocol.HostIdentityResponse", { nodeId: PublicKey });
export type HostIdentityResponse = TypeOf<typeof HostIdentityResponse>;

export const HostSubmitTxRequest = struct("protocol.HostSubmitTxRequest", {
  runtimeId: Namespace,
  data: bytes,
  /** Answer when the transaction is in a block. */
  wait: optional(bool),
  prove: optional(bool),
});
export type HostSubmitTxRequest = TypeOf<typeof HostSubmitTxRequest>;

export const HostSubmitTxResponse = struct("protocol.HostSubmitTxResponse", {
  output: optional(bytes),
  round: optional(u64),
  batchOrder: optional(u32),
  proof: optional(nullable(Proof)),
});
export type HostSubmitTxResponse = TypeOf<typeof HostSubmitTxResponse>;

const RegisterNotifyRuntimeEvent = struct("protocol.HostRegisterNotifyRuntimeEvent", { tags: optional(list(bytes)) });

export const HostRegisterNotifyRequest = struct("protocol.HostRegisterNotifyRequest", {
  runtimeBlock: optional(bool),
  runtimeEvent: optional(nullable(RegisterNotifyRuntimeEvent)),
});
export type HostRegisterNotifyRequest = TypeOf<typeof HostRegisterNotifyRequest>;
