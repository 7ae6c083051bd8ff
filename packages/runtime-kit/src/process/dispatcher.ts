// Answers the host's requests (runtime/src/dispatcher.rs, runtime/src/protocol.rs): lifecycle at
// once, batches in a thread. There is no light client: the host is believed what the last block is,
// as by runtimes of the reference that are built without a trust root.
import {
  body,
  CONSENSUS_BACKEND,
  EMPTY,
  type Body,
  type EncodedBody,
  type Endpoint,
  type RequestType,
} from "@wadi/runtime-protocol";
import { protocolVersions } from "@wadi/types";
import { WadiError } from "@wadi/util";
import { isBatchRequest, type BatchRequest } from "../batch/handle.ts";
import type { HostInfo } from "../batch/services.ts";
import { BatchLane, type LaneOptions } from "./batch-lane.ts";
import { writeLog } from "./log.ts";

function dispatcherFailure(message: string): WadiError {
  return new WadiError({ module: "rhp/dispatcher", code: 1, text: message });
}

export type ScriptSources = Pick<LaneOptions, "threadSource" | "threadCode" | "runtimeSource">;

export class Dispatcher {
  /** Batches. */
  readonly #batches: BatchLane;
  /** Checks and queries, which need not wait for a batch. */
  readonly #reads: BatchLane;
  #endpoint: Endpoint | undefined;
  #info: HostInfo | undefined;

  constructor(sources: ScriptSources) {
    const askHost = async (request: Body): Promise<Body> => {
      const answer = await this.#host().call(request as Body<RequestType>);
      return answer ?? { type: "Empty", value: EMPTY };
    };
    const reads = new BatchLane({ ...sources, askHost, log: writeLog });
    // What a batch has made is what is looked at next.
    this.#batches = new BatchLane({ ...sources, askHost, log: writeLog, onNodes: (nodes) => reads.share(nodes) });
    this.#reads = reads;
  }

  /** Loads the runtime's code; `onLoaded` is told when the thread of checks has it too, which is not waited for. */
  async start(onLoaded?: () => void): Promise<void> {
    await this.#batches.start();
    // The same code has loaded once; if it does not now, the first check tells.
    this.#reads.start().then(onLoaded, () => undefined);
  }

  /** The connection to ask the host on; it must be there before the first request. */
  connect(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
  }

  async handle(request: Body<RequestType>): Promise<Body | EncodedBody> {
    if (isBatchRequest(request)) return this.#runBatch(request);
    switch (request.type) {
      case "RuntimeInfoRequest":
        return this.#describe(request);
      case "RuntimePingRequest":
        return body("Empty", EMPTY);
      case "RuntimeAbortRequest":
        await Promise.all([this.#batches.abort(), this.#reads.abort()]);
        return body("RuntimeAbortResponse", EMPTY);
      case "RuntimeConsensusSyncRequest":
        await this.#host().request("HostFetchConsensusBlockRequest", { height: request.value.height });
        return body("RuntimeConsensusSyncResponse", EMPTY);
      case "RuntimeKeyManagerStatusUpdateRequest":
        return body("RuntimeKeyManagerStatusUpdateResponse", EMPTY);
      case "RuntimeKeyManagerQuotePolicyUpdateRequest":
        return body("RuntimeKeyManagerQuotePolicyUpdateResponse", EMPTY);
      case "RuntimeNotifyRequest":
        return body("RuntimeNotifyResponse", EMPTY);
      default:
        throw dispatcherFailure("method not supported");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#batches[Symbol.asyncDispose](), this.#reads[Symbol.asyncDispose]()]);
  }

  async #describe({ value }: Body<"RuntimeInfoRequest">): Promise<Body> {
    if (this.#info !== undefined) throw dispatcherFailure("already initialized");
    if (value.consensusBackend !== CONSENSUS_BACKEND) throw dispatcherFailure("incompatible consensus backend");
    const settings = [...value.localConfig].map(([name, item]) => [name, item ?? new Uint8Array(0)] as const);
    this.#info = {
      runtimeId: value.runtimeId,
      chainContext: value.consensusChainContext,
      localConfig: new Map(settings),
    };
    const { version, maxBatchSize } = await this.#batches.start();
    return body("RuntimeInfoResponse", {
      protocolVersion: protocolVersions.runtimeHostProtocol,
      runtimeVersion: version,
      features: {
        scheduleControl: { initialBatchSize: maxBatchSize },
        keyManagerQuotePolicyUpdates: false,
        keyManagerStatusUpdates: false,
        endorsedCapabilityTee: false,
      },
    });
  }

  #runBatch(request: BatchRequest): Promise<EncodedBody> {
    if (this.#info === undefined) throw dispatcherFailure("host environment information not configured");
    const lane = request.type === "RuntimeExecuteTxBatchRequest" ? this.#batches : this.#reads;
    return lane.run(this.#info, request);
  }

  #host(): Endpoint {
    if (this.#endpoint === undefined) throw dispatcherFailure("not connected");
    return this.#endpoint;
  }
}
