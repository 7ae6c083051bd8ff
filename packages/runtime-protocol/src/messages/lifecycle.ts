// Start of a connection and TEE capabilities (go/runtime/host/protocol/types.go).
import { bool, bytes, map, nullable, optional, raw, struct, text, u32, u64, type TypeOf } from "@wadi/codec";
import { ias, Namespace, node, PublicKey, quote, RawSignature, Version, X25519PublicKey } from "@wadi/types";

/** The only consensus backend that runtimes accept, by its old name. */
export const CONSENSUS_BACKEND = "tendermint";

/** The host's first request. */
export const RuntimeInfoRequest = struct("protocol.RuntimeInfoRequest", {
  runtimeId: Namespace,
  consensusBackend: text,
  consensusProtocolVersion: Version,
  consensusChainContext: text,
  /** Name to encoded CBOR item; see `encodeLocalConfig`. */
  localConfig: optional(map(text, raw)),
});
export type RuntimeInfoRequest = TypeOf<typeof RuntimeInfoRequest>;

/** Present if the runtime schedules its transactions itself. */
export const FeatureScheduleControl = struct("protocol.FeatureScheduleControl", { initialBatchSize: u32 });
export type FeatureScheduleControl = TypeOf<typeof FeatureScheduleControl>;

export const Features = struct("protocol.Features", {
  scheduleControl: optional(nullable(FeatureScheduleControl)),
  keyManagerQuotePolicyUpdates: optional(bool),
  keyManagerStatusUpdates: optional(bool),
  endorsedCapabilityTee: optional(bool),
});
export type Features = TypeOf<typeof Features>;

export const RuntimeInfoResponse = struct("protocol.RuntimeInfoResponse", {
  protocolVersion: Version,
  runtimeVersion: Version,
  features: optional(Features),
});
export type RuntimeInfoResponse = TypeOf<typeof RuntimeInfoResponse>;

export const RakInitRequest = struct("protocol.RuntimeCapabilityTEERakInitRequest", { targetInfo: bytes });
export type RakInitRequest = TypeOf<typeof RakInitRequest>;

export const RakReportResponse = struct("protocol.RuntimeCapabilityTEERakReportResponse", {
  rakPub: PublicKey,
  rekPub: optional(nullable(X25519PublicKey)),
  report: bytes,
  nonce: text,
});
export type RakReportResponse = TypeOf<typeof RakReportResponse>;

/** Legacy attestation service; not sent any more. */
export const RakAvrRequest = struct("protocol.RuntimeCapabilityTEERakAvrRequest", { avr: ias.AVRBundle });
export type RakAvrRequest = TypeOf<typeof RakAvrRequest>;

export const RakQuoteRequest = struct("protocol.RuntimeCapabilityTEERakQuoteRequest", { quote: quote.Quote });
export type RakQuoteRequest = TypeOf<typeof RakQuoteRequest>;

/** `height` is the runtime's view of the consensus layer when it signed. */
export const RakQuoteResponse = struct("protocol.RuntimeCapabilityTEERakQuoteResponse", {
  height: u64,
  signature: RawSignature,
});
export type RakQuoteResponse = TypeOf<typeof RakQuoteResponse>;

export const UpdateEndorsementRequest = struct("protocol.RuntimeCapabilityTEEUpdateEndorsementRequest", {
  ect: node.EndorsedCapabilityTEE,
});
export type UpdateEndorsementRequest = TypeOf<typeof UpdateEndorsementRequest>;
