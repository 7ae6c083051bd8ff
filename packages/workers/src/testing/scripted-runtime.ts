// A hosted runtime whose answers a test writes.
import type { HostedRuntime, RuntimeEvent } from "@wadi/runtime-host";
import type {
  BodyValue,
  CallOptions,
  ResponseType,
  RuntimeInfoResponse,
  RuntimeRequestType,
} from "@wadi/runtime-protocol";
import { protocolVersions, version, type Namespace } from "@wadi/types";

import { testRuntimeId } from "./test-block.ts";

const info: RuntimeInfoResponse = {
  protocolVersion: protocolVersions.runtimeHostProtocol,
  runtimeVersion: version(0, 0, 0),
  features: {
    scheduleControl: { initialBatchSize: 10 },
    keyManagerQuotePolicyUpdates: true,
    keyManagerStatusUpdates: true,
    endorsedCapabilityTee: true,
  },
};

type Answer = (type: RuntimeRequestType, value: unknown, options: CallOptions) => Promise<unknown>;

export class ScriptedRuntime implements HostedRuntime {
  readonly runtimeId: Namespace = testRuntimeId;
  readonly capabilityTee = null;
  aborts = 0;
  isUp = true;
  schedules = true;
  answer: Answer;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  constructor(answer: Answer) {
    this.answer = answer;
  }

  get info(): RuntimeInfoResponse | undefined {
    if (!this.isUp) return undefined;
    return this.schedules ? info : { ...info, features: { ...info.features, scheduleControl: null } };
  }

  request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options: CallOptions = {},
  ): Promise<BodyValue<ResponseType<R>>> {
    return this.answer(type, value, options) as Promise<BodyValue<ResponseType<R>>>;
  }

  emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  watch(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  abort(): Promise<void> {
    this.aborts++;
    return Promise.resolve();
  }

  start(): void {
    this.isUp = true;
  }

  updateCapabilityTee(): void {
    throw new Error("not attested");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
