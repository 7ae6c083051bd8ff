// The start of a connection to a runtime (go/runtime/host/protocol/connection.go `InitHost`,
// go/runtime/host/sandbox/host.go): what the host tells, what it requires of the answer.
import {
  CONSENSUS_BACKEND,
  EMPTY,
  Endpoint,
  ErrUnexpectedResponse,
  type Body,
  type BodyValue,
  type ByteStream,
  type CallOptions,
  type ConnectionLimits,
  type RequestHandler,
  type ResponseType,
  type RuntimeInfoResponse,
  type RuntimeRequestType,
  type StrayMessage,
  type Timers,
} from "@wadi/runtime-protocol";
import { formatVersion, protocolVersions, versionsEqual, type Namespace, type Version } from "@wadi/types";
import { isError } from "@wadi/util";
import { errorText, plainError } from "./errors.ts";
import type { RuntimeCaller } from "./runtime-caller.ts";
import { systemTimers } from "./system-timers.ts";

/** What a runtime is told about its host. */
export interface HostInfo {
  readonly runtimeId: Namespace;
  readonly chainContext: string;
  /** Default: the one this code speaks. */
  readonly consensusProtocolVersion?: Version;
  /** See `encodeLocalConfig`. */
  readonly localConfig?: ReadonlyMap<string, Uint8Array>;
}

export interface ConnectRuntimeOptions {
  readonly hostInfo: HostInfo;
  /** Answers the runtime's requests, from the moment that it is initialized. */
  readonly handler: RequestHandler;
  /** The version that the component must report (RONL). */
  readonly expectedVersion?: Version;
  /** For the answer to the info request; default 1 s. */
  readonly infoTimeoutMs?: number;
  readonly timers?: Timers;
  readonly limits?: Partial<ConnectionLimits>;
  readonly signal?: AbortSignal;
  onStray?(what: StrayMessage): void;
}

const INFO_TIMEOUT_MS = 1000;
const PING_TIMEOUT_MS = 5000;
const ABORT_TIMEOUT_MS = 1000;

/** An initialized connection to a component. */
export class RuntimeConnection implements RuntimeCaller {
  /** What the runtime says about itself. */
  readonly info: RuntimeInfoResponse;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint, info: RuntimeInfoResponse) {
    this.#endpoint = endpoint;
    this.info = info;
  }

  /** Resolves with the reason when the connection has ended. */
  get closed(): Promise<Error> {
    return this.#endpoint.closed;
  }

  get isClosed(): boolean {
    return this.#endpoint.isClosed;
  }

  request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options?: CallOptions,
  ): Promise<BodyValue<ResponseType<R>>> {
    return this.#endpoint.request(type, value, options);
  }

  /** Rejects if the runtime does not answer in time (default 5 s). */
  async ping(options: CallOptions = {}): Promise<void> {
    await this.request("RuntimePingRequest", EMPTY, { timeoutMs: PING_TIMEOUT_MS, ...options });
  }

  /**
   * Asks the runtime to abort what it does. False if it cannot or does not answer in time (default
   * 1 s): then it has to be killed. Rust runtimes always refuse.
   */
  async abort(options: CallOptions = {}): Promise<boolean> {
    try {
      await this.request("RuntimeAbortRequest", EMPTY, { timeoutMs: ABORT_TIMEOUT_MS, ...options });
      return true;
    } catch {
      options.signal?.throwIfAborted();
      return false;
    }
  }

  /** Ends the connection at once. */
  close(reason?: Error): void {
    this.#endpoint.close(reason);
  }
}

function infoRequest({
  runtimeId,
  chainContext,
  consensusProtocolVersion,
  localConfig,
}: HostInfo): Body<"RuntimeInfoRequest"> {
  return {
    type: "RuntimeInfoRequest",
    value: {
      runtimeId,
      consensusBackend: CONSENSUS_BACKEND,
      consensusProtocolVersion: consensusProtocolVersion ?? protocolVersions.consensusProtocol,
      consensusChainContext: chainContext,
      localConfig: localConfig ?? new Map(),
    },
  };
}

/** Throws unless the runtime speaks our protocol and is of the version that its bundle says. */
export function checkRuntimeInfo(info: RuntimeInfoResponse, expectedVersion?: Version): void {
  const ours = protocolVersions.runtimeHostProtocol;
  if (info.protocolVersion.major !== ours.major) {
    const versions = `(expected: ${formatVersion(ours)} got: ${formatVersion(info.protocolVersion)})`;
    throw plainError(`rhp: incompatible protocol version ${versions}`);
  }
  if (expectedVersion !== undefined && !versionsEqual(info.runtimeVersion, expectedVersion)) {
    const versions = `(runtime reported: ${formatVersion(info.runtimeVersion)} bundle: ${formatVersion(expectedVersion)})`;
    throw plainError(`version mismatch ${versions}`);
  }
}

async function exchangeInfos(endpoint: Endpoint, options: ConnectRuntimeOptions): Promise<RuntimeInfoResponse> {
  const { hostInfo, infoTimeoutMs: timeoutMs = INFO_TIMEOUT_MS, signal } = options;
  const { type, value } = infoRequest(hostInfo);
  try {
    return await endpoint.request(type, value, { timeoutMs, ...(signal && { signal }) });
  } catch (e) {
    signal?.throwIfAborted();
    if (isError(e, ErrUnexpectedResponse)) throw plainError("rhp: unexpected response to RuntimeInfoRequest", e);
    throw plainError(`rhp: error while requesting runtime info: ${errorText(e)}`, e);
  }
}

/**
 * Exchanges infos with the runtime at the other end of a fresh stream and begins to serve it.
 * Rejects, with the stream destroyed, if it does not answer in time or not as it must; the texts
 * are those of the reference.
 */
export async function connectRuntime(stream: ByteStream, options: ConnectRuntimeOptions): Promise<RuntimeConnection> {
  const { expectedVersion, timers = systemTimers } = options;
  const endpoint = new Endpoint(stream, { ...options, role: "host", timers });
  try {
    const info = await exchangeInfos(endpoint, options);
    checkRuntimeInfo(info, expectedVersion);
    endpoint.ready();
    return new RuntimeConnection(endpoint, info);
  } catch (e) {
    endpoint.close(e instanceof Error ? e : plainError(String(e)));
    throw e;
  }
}
