// A hosted runtime without a process: a test says when it has started and what it answers.
import type { BodyValue, ResponseType, RuntimeInfoResponse, RuntimeRequestType } from "@wadi/runtime-protocol";
import type { Namespace, node, Version } from "@wadi/types";
import type { HostedRuntime, RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { testRuntimeId, testRuntimeInfo } from "./test-runtime.ts";

export class ScriptedRuntime implements HostedRuntime {
  readonly runtimeId: Namespace;
  readonly name: string;
  readonly version: Version;
  /** What was done to it, in order. */
  readonly calls: string[] = [];
  capabilityTee: node.CapabilityTEE | null = null;
  /** Requests fail with it. */
  failure: Error | undefined;
  #isUp = false;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  constructor(name: string, version: Version, runtimeId = testRuntimeId) {
    this.name = name;
    this.version = version;
    this.runtimeId = runtimeId;
  }

  get info(): RuntimeInfoResponse | undefined {
    return this.#isUp ? { ...testRuntimeInfo, runtimeVersion: this.version } : undefined;
  }

  emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Says that it has started. */
  up(): void {
    this.#isUp = true;
    this.emit({ type: "started", version: this.version, capabilityTee: this.capabilityTee });
  }

  start(): void {
    this.calls.push("start");
  }

  watch(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  abort(): Promise<void> {
    this.calls.push("abort");
    return Promise.resolve();
  }

  updateCapabilityTee(): void {
    this.calls.push("updateCapabilityTee");
  }

  /** Answers queries with its name and everything else with an empty body. */
  request<R extends RuntimeRequestType>(type: R): Promise<BodyValue<ResponseType<R>>> {
    this.calls.push(type);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const answer = type === "RuntimeQueryRequest" ? { data: new TextEncoder().encode(this.name) } : {};
    return Promise.resolve(answer as BodyValue<ResponseType<R>>);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.calls.push("stop");
    if (this.#isUp) this.emit({ type: "stopped" });
    this.#isUp = false;
    return Promise.resolve();
  }
}
