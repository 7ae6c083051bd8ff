// Calls into enclaves and news for runtimes (go/runtime/host/protocol/types.go, types_rofl.go).
import { bytes, enumeration, list, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";
import { quote, roothash, secrets } from "@wadi/types";

/** A u8; see `rpcKinds`. */
export const RpcKind = enumeration("enclaverpc.Kind", "u8", undefined);
export type RpcKind = number;

/** `local` calls come from the node itself and never from the network. */
export const rpcKinds = { noiseSession: 0, insecureQuery: 1, localQuery: 2 } as const;

/** A u8; see `peerFeedbacks`. */
export const PeerFeedback = enumeration("enclaverpc.PeerFeedback", "u8", undefined);
export type PeerFeedback = number;

export const peerFeedbacks = { success: 0, failure: 1, badPeer: 2 } as const;

export const RpcCallRequest = struct("protocol.RuntimeRPCCallRequest", {
  request: bytes,
  kind: optional(RpcKind),
  peerId: optional(bytes),
});
export type RpcCallRequest = TypeOf<typeof RpcCallRequest>;

/** The request or response of a call, in the enclave's own encoding. */
export const RpcCallResponse = struct("protocol.RuntimeRPCCallResponse", { response: bytes });
export type RpcCallResponse = TypeOf<typeof RpcCallResponse>;

export const LocalRpcCallRequest = struct("protocol.RuntimeLocalRPCCallRequest", { request: bytes });
export type LocalRpcCallRequest = TypeOf<typeof LocalRpcCallRequest>;

export const LocalRpcCallResponse = struct("protocol.RuntimeLocalRPCCallResponse", { response: bytes });
export type LocalRpcCallResponse = TypeOf<typeof LocalRpcCallResponse>;

export const KeyManagerStatusUpdateRequest = struct("protocol.RuntimeKeyManagerStatusUpdateRequest", {
  status: secrets.Status,
});
export type KeyManagerStatusUpdateRequest = TypeOf<typeof KeyManagerStatusUpdateRequest>;

export const KeyManagerQuotePolicyUpdateRequest = struct("protocol.RuntimeKeyManagerQuotePolicyUpdateRequest", {
  policy: quote.Policy,
});
export type KeyManagerQuotePolicyUpdateRequest = TypeOf<typeof KeyManagerQuotePolicyUpdateRequest>;

/** Asks the runtime to bring its light client to `height`. */
export const ConsensusSyncRequest = struct("protocol.RuntimeConsensusSyncRequest", { height: u64 });
export type ConsensusSyncRequest = TypeOf<typeof ConsensusSyncRequest>;

/** `block` emitted events under these of the tags that were asked for. */
export const NotifyEvent = struct("protocol.RuntimeNotifyEvent", {
  block: nullable(roothash.AnnotatedBlock),
  tags: list(bytes),
});
export type NotifyEvent = TypeOf<typeof NotifyEvent>;

/** One of the two members is set. */
export const NotifyRequest = struct("protocol.RuntimeNotifyRequest", {
  runtimeBlock: optional(nullable(roothash.AnnotatedBlock)),
  runtimeEvent: optional(nullable(NotifyEvent)),
});
export type NotifyRequest = TypeOf<typeof NotifyRequest>;
