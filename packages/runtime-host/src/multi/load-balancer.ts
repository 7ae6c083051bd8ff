// Several instances of one version as one runtime: queries and checks go round
// (go/runtime/host/loadbalance). For RONL components of nodes that answer many clients.
import type {
  BodyValue,
  CallOptions,
  ResponseType,
  RuntimeInfoResponse,
  RuntimeRequestType,
} from "@wadi/runtime-protocol";
import type { Namespace, node } from "@wadi/types";
import { assert, must } from "@wadi/util";
import { plainError } from "../rhp/errors.ts";
import type { AbortOptions, HostedRuntime, RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { isPropagated } from "./propagation.ts";

/** More are refused by the configuration. */
const MAX_INSTANCES = 128;

const BALANCED: ReadonlySet<RuntimeRequestType> = new Set([
  "RuntimeQueryRequest",
  "RuntimeCheckTxBatchRequest",
] as const);

export interface LoadBalancerMetrics {
  requested(instance: number): void;
  healthyInstances(count: number): void;
}

export class LoadBalancedRuntime implements HostedRuntime {
  readonly #instances: readonly HostedRuntime[];
  readonly #metrics: LoadBalancerMetrics | undefined;
  readonly #healthy = new Set<number>();
  #unwatch: (() => void)[] = [];
  #turn = 0;

  /** Two or more instances that were not started. The first one stands for all where only one can. */
  constructor(instances: readonly HostedRuntime[], metrics?: LoadBalancerMetrics) {
    assert(instances.length >= 2 && instances.length <= MAX_INSTANCES, "2 to 128 instances");
    this.#instances = instances;
    this.#metrics = metrics;
  }

  get #first(): HostedRuntime {
    return must(this.#instances[0]);
  }

  get runtimeId(): Namespace {
    return this.#first.runtimeId;
  }

  get info(): RuntimeInfoResponse | undefined {
    return this.#first.info;
  }

  get capabilityTee(): node.CapabilityTEE | null {
    return this.#first.capabilityTee;
  }

  start(): void {
    if (this.#unwatch.length > 0) return;
    this.#unwatch = this.#instances.map((instance, i) => instance.watch((event) => this.#follow(i, event)));
    for (const instance of this.#instances) instance.start();
  }

  #follow(instance: number, { type }: RuntimeEvent): void {
    if (type === "started") this.#healthy.add(instance);
    else if (type === "failedToStart" || type === "stopped") this.#healthy.delete(instance);
    else return;
    this.#metrics?.healthyInstances(this.#healthy.size);
  }

  watch(listener: (event: RuntimeEvent) => void): () => void {
    return this.#first.watch(listener);
  }

  updateCapabilityTee(): void {
    for (const instance of this.#instances) instance.updateCapabilityTee();
  }

  /** Nobody knows which instance is meant, so all are. */
  async abort(options?: AbortOptions): Promise<void> {
    await this.#all((instance) => instance.abort(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all(async (instance) => instance[Symbol.asyncDispose]());
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
  }

  async request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options?: CallOptions,
  ): Promise<BodyValue<ResponseType<R>>> {
    if (isPropagated(type)) return must((await this.#all((rt) => rt.request(type, value, options)))[0]);
    if (!BALANCED.has(type)) return this.#first.request(type, value, options);
    const instance = this.#nextHealthy();
    this.#metrics?.requested(instance);
    return must(this.#instances[instance]).request(type, value, options);
  }

  #nextHealthy(): number {
    for (let tried = 0; tried < this.#instances.length; tried++) {
      const instance = this.#turn;
      this.#turn = (this.#turn + 1) % this.#instances.length;
      if (this.#healthy.has(instance)) return instance;
    }
    throw plainError("host/loadbalance: no healthy instances available");
  }

  /** Waits for all, then rejects with what failed. */
  async #all<T>(action: (instance: HostedRuntime) => Promise<T>): Promise<T[]> {
    const outcomes = await Promise.allSettled(this.#instances.map(action));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join("\n"));
    return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
  }
}
