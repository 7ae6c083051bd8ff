// All bodies by name, in the reference's order (go/runtime/host/protocol/types.go, `Body`).
import type { TypeOf } from "@wadi/codec";
import { HostStorageSyncRequest, HostStorageSyncResponse } from "@wadi/mkvs";
import * as batches from "./batches.ts";
import { Empty, ErrorBody } from "./common.ts";
import * as host from "./host-services.ts";
import * as lifecycle from "./lifecycle.ts";
import * as updates from "./updates.ts";

/** Schema of each body. The order decides which one counts if a message carries several. */
export const bodySchemas = {
  Empty,
  Error: ErrorBody,

  RuntimeInfoRequest: lifecycle.RuntimeInfoRequest,
  RuntimeInfoResponse: lifecycle.RuntimeInfoResponse,
  RuntimePingRequest: Empty,
  RuntimeShutdownRequest: Empty,
  RuntimeCapabilityTEERakInitRequest: lifecycle.RakInitRequest,
  RuntimeCapabilityTEERakInitResponse: Empty,
  RuntimeCapabilityTEERakReportRequest: Empty,
  RuntimeCapabilityTEERakReportResponse: lifecycle.RakReportResponse,
  RuntimeCapabilityTEERakAvrRequest: lifecycle.RakAvrRequest,
  RuntimeCapabilityTEERakAvrResponse: Empty,
  RuntimeCapabilityTEERakQuoteRequest: lifecycle.RakQuoteRequest,
  RuntimeCapabilityTEERakQuoteResponse: lifecycle.RakQuoteResponse,
  RuntimeCapabilityTEEUpdateEndorsementRequest: lifecycle.UpdateEndorsementRequest,
  RuntimeCapabilityTEEUpdateEndorsementResponse: Empty,
  RuntimeRPCCallRequest: updates.RpcCallRequest,
  RuntimeRPCCallResponse: updates.RpcCallResponse,
  RuntimeLocalRPCCallRequest: updates.LocalRpcCallRequest,
  RuntimeLocalRPCCallResponse: updates.LocalRpcCallResponse,
  RuntimeCheckTxBatchRequest: batches.CheckTxBatchRequest,
  RuntimeCheckTxBatchResponse: batches.CheckTxBatchResponse,
  RuntimeExecuteTxBatchRequest: batches.ExecuteTxBatchRequest,
  RuntimeExecuteTxBatchResponse: batches.ExecuteTxBatchResponse,
  RuntimeAbortRequest: Empty,
  RuntimeAbortResponse: Empty,
  RuntimeKeyManagerStatusUpdateRequest: updates.KeyManagerStatusUpdateRequest,
  RuntimeKeyManagerStatusUpdateResponse: Empty,
  RuntimeKeyManagerQuotePolicyUpdateRequest: updates.KeyManagerQuotePolicyUpdateRequest,
  RuntimeKeyManagerQuotePolicyUpdateResponse: Empty,
  RuntimeQueryRequest: batches.QueryRequest,
  RuntimeQueryResponse: batches.QueryResponse,
  RuntimeConsensusSyncRequest: updates.ConsensusSyncRequest,
  RuntimeConsensusSyncResponse: Empty,
  RuntimeNotifyRequest: updates.NotifyRequest,
  RuntimeNotifyResponse: Empty,

  HostRPCCallRequest: host.HostRpcCallRequest,
  HostRPCCallResponse: host.HostRpcCallResponse,
  HostSubmitPeerFeedbackRequest: host.HostSubmitPeerFeedbackRequest,
  HostSubmitPeerFeedbackResponse: Empty,
  HostStorageSyncRequest,
  HostStorageSyncResponse,
  HostLocalStorageGetRequest: host.HostLocalStorageGetRequest,
  HostLocalStorageGetResponse: host.HostLocalStorageGetResponse,
  HostLocalStorageSetRequest: host.HostLocalStorageSetRequest,
  HostLocalStorageSetResponse: Empty,
  HostFetchConsensusBlockRequest: host.HostFetchConsensusBlockRequest,
  HostFetchConsensusBlockResponse: host.HostFetchConsensusBlockResponse,
  HostFetchConsensusValidatorsRequest: host.HostFetchConsensusValidatorsRequest,
  HostFetchConsensusValidatorsResponse: host.HostFetchConsensusValidatorsResponse,
  HostFetchConsensusEventsRequest: host.HostFetchConsensusEventsRequest,
  HostFetchConsensusEventsResponse: host.HostFetchConsensusEventsResponse,
  HostFetchTxBatchRequest: host.HostFetchTxBatchRequest,
  HostFetchTxBatchResponse: host.HostFetchTxBatchResponse,
  HostFetchGenesisHeightRequest: Empty,
  HostFetchGenesisHeightResponse: host.HostFetchGenesisHeightResponse,
  HostFetchBlockMetadataTxRequest: host.HostFetchBlockMetadataTxRequest,
  HostFetchBlockMetadataTxResponse: host.ProvenTransaction,
  HostProveFreshnessRequest: host.HostProveFreshnessRequest,
  HostProveFreshnessResponse: host.ProvenTransaction,
  HostIdentityRequest: Empty,
  HostIdentityResponse: host.HostIdentityResponse,
  HostSubmitTxRequest: host.HostSubmitTxRequest,
  HostSubmitTxResponse: host.HostSubmitTxResponse,
  HostRegisterNotifyRequest: host.HostRegisterNotifyRequest,
  HostRegisterNotifyResponse: Empty,
} as const;

export type BodyType = keyof typeof bodySchemas;

/** The content of a body. */
export type BodyValue<T extends BodyType> = TypeOf<(typeof bodySchemas)[T]>;

/** A body: its name on the wire and its content. */
export type Body<T extends BodyType = BodyType> = {
  readonly [K in T]: { readonly type: K; readonly value: BodyValue<K> };
}[T];

/** A body from its name and content. */
export function body<T extends BodyType>(type: T, value: BodyValue<T>): Body<T> {
  return { type, value } as Body<T>;
}

type BeforeRequest<T> = T extends `${infer Name}Request` ? Name : never;

export type RequestType = Extract<BodyType, `${string}Request`>;
/** What a host asks of a runtime. */
export type RuntimeRequestType = Extract<RequestType, `Runtime${string}`>;
/** What a runtime asks of its host. */
export type HostRequestType = Extract<RequestType, `Host${string}`>;

/** The name of the answer to a request: the one of the same stem, else `Empty`. */
export type ResponseType<R extends RequestType> = `${BeforeRequest<R>}Response` extends infer T extends BodyType
  ? T
  : "Empty";

/** The name of the answer to a request. */
export function responseType<R extends RequestType>(request: R): ResponseType<R> {
  const name = `${request.slice(0, -"Request".length)}Response`;
  return (Object.hasOwn(bodySchemas, name) ? name : "Empty") as ResponseType<R>;
}

/** The body of requests that only have a name. */
export const EMPTY: Empty = Object.freeze({});
