// What a host answers to ROFL components: the same as to the runtime, with local storage of their
// own, the way to the RONL component, transactions and notifications
// (go/runtime/registry/handler_rofl.go).
import { decodeCbor } from "@wadi/codec";
import {
  body,
  EMPTY,
  EnclaveRequest,
  rpcKinds,
  type Body,
  type HostRpcCallRequest,
  type HostSubmitTxRequest,
  type HostSubmitTxResponse,
  type RequestHandler,
  type RequestType,
  type RoflNotifications,
} from "@wadi/runtime-protocol";
import type { PublicKey } from "@wadi/types";
import { concatBytes, utf8 } from "@wadi/util";
import { formatComponentId, type ComponentId } from "../bundle/component-id.ts";
import { errorText, plainError } from "./errors.ts";
import type { ServiceCall, TransactionSubmitter } from "./host-services.ts";
import type { RuntimeCaller } from "./runtime-caller.ts";
import { systemTimers } from "./system-timers.ts";

/** The endpoint that leads to the runtime's RONL component. */
const RONL_ENDPOINT = "ronl";
const RONL_TIMEOUT_MS = 2000;
const SUBMIT_TIMEOUT_MS = 60_000;
/** Local endpoints answer for no node. */
const NO_NODE = "00".repeat(32) as PublicKey;

/** Methods that a node offers to its ROFL components, such as management of bundles. */
export interface LocalEndpoint {
  /** Returns the CBOR of the result. */
  call(request: EnclaveRequest, context: ServiceCall): Promise<Uint8Array>;
}

export interface RoflServices {
  /** Serves what is not special to ROFL. */
  readonly parent: RequestHandler;
  readonly component: ComponentId;
  /** The RONL component, while there is one. */
  ronl(): RuntimeCaller | undefined;
  readonly submitter?: TransactionSubmitter;
  /** By endpoint: `attestation`, `bundle-manager`, `log-manager`, `volume-manager`. */
  readonly localEndpoints: Readonly<Record<string, LocalEndpoint | undefined>>;
  /** Replaces what the component wants to be told. */
  registerNotifications(notifications: RoflNotifications): void;
}

const LOCAL_ENDPOINTS: ReadonlySet<string> = new Set([
  "attestation",
  "bundle-manager",
  "log-manager",
  "volume-manager",
]);

async function callRonl(
  { kind, request }: HostRpcCallRequest,
  { ronl }: RoflServices,
  { signal }: ServiceCall,
): Promise<Uint8Array> {
  const runtime = ronl();
  if (runtime === undefined) throw plainError("endpoint not supported");
  if (kind !== rpcKinds.noiseSession) throw plainError("only secure noise sessions are allowed");
  const call = { request, kind, peerId: new Uint8Array(0) };
  const { response } = await runtime.request("RuntimeRPCCallRequest", call, { timeoutMs: RONL_TIMEOUT_MS, signal });
  return response;
}

function callLocal(
  { endpoint, kind, request }: HostRpcCallRequest,
  services: RoflServices,
  context: ServiceCall,
): Promise<Uint8Array> {
  const local = Object.hasOwn(services.localEndpoints, endpoint) ? services.localEndpoints[endpoint] : undefined;
  if (kind !== rpcKinds.localQuery || local === undefined) throw plainError("endpoint not supported");
  let inner: EnclaveRequest;
  try {
    inner = decodeCbor(EnclaveRequest, request);
  } catch (e) {
    throw plainError(`malformed request: ${errorText(e)}`, e);
  }
  return local.call(inner, context);
}

/** Rejects when the node takes longer than `ms` or the connection ends, and aborts what it does. */
async function withTimeout<T>(ms: number, { signal }: ServiceCall, run: (call: ServiceCall) => Promise<T>): Promise<T> {
  const aborter = new AbortController();
  const ended = Promise.withResolvers<never>();
  const giveUp = (reason: unknown): void => {
    aborter.abort(reason);
    ended.reject(reason);
  };
  const abort = (): void => giveUp(signal.reason);
  const cancel = systemTimers.after(ms, () => giveUp(plainError("context deadline exceeded")));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([run({ signal: aborter.signal }), ended.promise]);
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

async function submitTransaction(
  { runtimeId, data, wait }: HostSubmitTxRequest,
  { submitter }: RoflServices,
  context: ServiceCall,
): Promise<HostSubmitTxResponse> {
  if (submitter === undefined) throw plainError("method not supported");
  const submission = { runtimeId, data };
  return withTimeout(SUBMIT_TIMEOUT_MS, context, async (call) => {
    if (wait) return { ...(await submitter.submitAndWait(submission, call)), proof: null };
    await submitter.submit(submission, call);
    return { output: new Uint8Array(0), round: 0n, batchOrder: 0, proof: null };
  });
}

/** Answers the requests of one ROFL component. */
export function roflHandler(services: RoflServices): RequestHandler {
  const prefix = utf8(`${formatComponentId(services.component)}:`);
  const own = (key: Uint8Array): Uint8Array => concatBytes(prefix, key);
  return async (request: Body<RequestType>, context): Promise<Body> => {
    switch (request.type) {
      case "HostRPCCallRequest": {
        const { endpoint } = request.value;
        if (endpoint === RONL_ENDPOINT) {
          return body("HostRPCCallResponse", {
            response: await callRonl(request.value, services, context),
            node: NO_NODE,
          });
        }
        if (LOCAL_ENDPOINTS.has(endpoint)) {
          return body("HostRPCCallResponse", {
            response: await callLocal(request.value, services, context),
            node: NO_NODE,
          });
        }
        return services.parent(request, context);
      }
      case "HostLocalStorageGetRequest":
        return services.parent(body(request.type, { key: own(request.value.key) }), context);
      case "HostLocalStorageSetRequest":
        return services.parent(body(request.type, { ...request.value, key: own(request.value.key) }), context);
      case "HostSubmitTxRequest":
        return body("HostSubmitTxResponse", await submitTransaction(request.value, services, context));
      case "HostRegisterNotifyRequest": {
        const { runtimeBlock, runtimeEvent } = request.value;
        services.registerNotifications({ blocks: runtimeBlock, events: runtimeEvent?.tags ?? [] });
        return body("HostRegisterNotifyResponse", EMPTY);
      }
      default:
        return services.parent(request, context);
    }
  };
}
