// What a host answers to its compute runtimes and key managers (go/runtime/registry/handler.go).
import {
  responseType,
  EMPTY,
  eventKinds,
  peerFeedbacks,
  type Body,
  type BodyValue,
  type HostRequestType,
  type HostRpcCallRequest,
  type HostRpcCallResponse,
  type HostSubmitPeerFeedbackRequest,
  type RequestHandler,
  type ResponseType,
} from "@wadi/runtime-protocol";
import type { consensus } from "@wadi/types";
import { errorText, plainError } from "./errors.ts";
import type { EventModule, HostServices, KeyManagerClient, LightBlockSource, ServiceCall } from "./host-services.ts";
import { findMetadataTransaction } from "./metadata-transaction.ts";
import { syncStorage } from "./storage-sync.ts";

/** The endpoint of the runtime's key manager. */
const KEY_MANAGER_ENDPOINT = "key-manager";

/** Transactions that a runtime gets at once, however many it asks for. */
const MAX_TX_BATCH = 100;

const eventModules: Readonly<Record<number, EventModule | undefined>> = {
  [eventKinds.staking]: "staking",
  [eventKinds.registry]: "registry",
  [eventKinds.roothash]: "roothash",
  [eventKinds.governance]: "governance",
};

const notSupported = (): never => {
  throw plainError("method not supported");
};

function keyManagerAt(endpoint: string, { keyManager }: HostServices): KeyManagerClient {
  if (endpoint !== KEY_MANAGER_ENDPOINT) throw plainError("endpoint not supported");
  if (keyManager === undefined) throw plainError("key manager not available");
  return keyManager;
}

async function callKeyManager(
  { endpoint, requestId, peerFeedback, request, kind, nodes }: HostRpcCallRequest,
  services: HostServices,
  context: ServiceCall,
): Promise<HostRpcCallResponse> {
  const client = keyManagerAt(endpoint, services);
  const call = { request, kind, nodes };
  if (requestId !== 0n) return client.call(requestId, call, context);
  return client.callRatingPrevious(peerFeedback ?? peerFeedbacks.success, call, context);
}

function submitPeerFeedback(request: HostSubmitPeerFeedbackRequest, services: HostServices): void {
  keyManagerAt(request.endpoint, services).submitPeerFeedback(request.requestId, request.peerFeedback);
}

/** Asks the local node first, then the light provider, whose answers the runtime verifies as well. */
async function fromConsensus<T>(
  what: string,
  height: bigint,
  { consensus: local, lightProvider }: HostServices,
  fetch: (source: LightBlockSource) => Promise<T> | T,
): Promise<T> {
  try {
    return await fetch(local);
  } catch (localError) {
    try {
      if (lightProvider === undefined) throw localError;
      return await fetch(lightProvider);
    } catch (e) {
      throw plainError(`failed to fetch ${what} for height ${height}: ${errorText(e)}`, e);
    }
  }
}

function lightBlock(height: bigint, services: HostServices, call: ServiceCall): Promise<consensus.LightBlock> {
  return fromConsensus("light block", height, services, (source) => source.lightBlock(height, call));
}

function validators(height: bigint, services: HostServices, call: ServiceCall): Promise<consensus.Validators> {
  return fromConsensus("validator", height, services, (source) => source.validators(height, call));
}

/** The content of the answer to each request that the host serves. */
type Answers = {
  readonly [R in HostRequestType]?: (
    request: BodyValue<R>,
    services: HostServices,
    call: ServiceCall,
  ) => Promise<BodyValue<ResponseType<R>>> | BodyValue<ResponseType<R>>;
};

const answers: Answers = {
  HostRPCCallRequest: callKeyManager,
  HostSubmitPeerFeedbackRequest: (request, services) => {
    submitPeerFeedback(request, services);
    return EMPTY;
  },
  HostStorageSyncRequest: syncStorage,
  HostLocalStorageGetRequest: async ({ key }, { localStorage }) => {
    requireKey(key);
    return { value: (await localStorage.get(key)) ?? null };
  },
  HostLocalStorageSetRequest: async ({ key, value }, { localStorage }) => {
    requireKey(key);
    await localStorage.set(key, value);
    return EMPTY;
  },
  HostFetchConsensusBlockRequest: async ({ height }, services, call) => ({
    block: await lightBlock(height, services, call),
  }),
  HostFetchConsensusValidatorsRequest: async ({ height }, services, call) => ({
    validators: await validators(height, services, call),
  }),
  HostFetchConsensusEventsRequest: async ({ height, kind }, services, call) => {
    const module = eventModules[kind] ?? notSupported();
    return { events: await services.consensus.events(height, module, call) };
  },
  HostFetchGenesisHeightRequest: async (_, services) => ({ height: await services.consensus.genesisHeight() }),
  HostFetchTxBatchRequest: async ({ limit }, { transactions }) => {
    if (transactions === undefined) return notSupported();
    return { batch: await transactions.nextTransactions(Math.min(limit, MAX_TX_BATCH)) };
  },
  HostFetchBlockMetadataTxRequest: async ({ height }, services, call) =>
    findMetadataTransaction(height, await services.consensus.transactionsWithProofs(height, call)),
  HostProveFreshnessRequest: async ({ blob }, { freshness }, call) =>
    freshness === undefined ? notSupported() : freshness.proveFreshness(blob, call),
  HostIdentityRequest: (_, { identity }) => ({ nodeId: identity.nodeId }),
};

function requireKey(key: Uint8Array): void {
  if (key.length === 0) throw plainError("invalid local storage key");
}

type AnyAnswer = (request: unknown, services: HostServices, call: ServiceCall) => Promise<unknown>;

/** Answers requests with a host's services; what it does not serve is `method not supported`. */
export function hostHandler(services: HostServices): RequestHandler {
  return async (request, { signal }): Promise<Body> => {
    const answer = (answers as Readonly<Record<string, AnyAnswer | undefined>>)[request.type];
    if (answer === undefined) return notSupported();
    const value = await answer(request.value, services, { signal });
    return { type: responseType(request.type), value } as Body;
  };
}
