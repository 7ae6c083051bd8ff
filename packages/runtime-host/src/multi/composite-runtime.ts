// All components of a runtime as one: RONL answers, ROFL components run beside it
// (go/runtime/host/composite, go/runtime/registry/host.go).
import type {
  BodyValue,
  CallOptions,
  ResponseType,
  RuntimeInfoResponse,
  RuntimeRequestType,
} from "@wadi/runtime-protocol";
import { compareVersions, type Namespace, type node, type Version } from "@wadi/types";
import { must } from "@wadi/util";
import { formatComponentId, isRonl, RONL, type ComponentId } from "../bundle/component-id.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { CallsInFlight, type CallInFlight } from "../rhp/calls-in-flight.ts";
import { errorText, plainError } from "../rhp/errors.ts";
import type { AbortOptions, HostedRuntime, RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { roflVersions, type HostedVersions } from "./hosted-versions.ts";
import { isPropagated } from "./propagation.ts";
import { VersionedRuntime } from "./versioned-runtime.ts";

interface Component {
  readonly id: ComponentId;
  readonly versions: VersionedRuntime;
}

export class CompositeRuntime implements HostedRuntime {
  readonly runtimeId: Namespace;
  readonly #log: HostLog;
  readonly #calls: CallsInFlight;
  /** By text form of the identifier; RONL is always there. */
  readonly #components = new Map<string, Component>();
  #wanted: HostedVersions = { active: undefined, next: undefined };
  #isRunning = false;

  constructor(runtimeId: Namespace, log: HostLog = silentLog) {
    this.runtimeId = runtimeId;
    this.#log = log;
    this.#calls = new CallsInFlight(log);
    this.#components.set(formatComponentId(RONL), { id: RONL, versions: new VersionedRuntime(runtimeId, log) });
  }

  get ronl(): VersionedRuntime {
    return must(this.component(RONL));
  }

  get components(): readonly ComponentId[] {
    return Array.from(this.#components.values(), ({ id }) => id);
  }

  component(id: ComponentId): VersionedRuntime | undefined {
    return this.#components.get(formatComponentId(id))?.versions;
  }

  /** What RONL was asked and has not answered, oldest first. */
  get callsInFlight(): readonly CallInFlight[] {
    return this.#calls.all;
  }

  get activeVersion(): Version | undefined {
    return this.ronl.activeVersion;
  }

  get info(): RuntimeInfoResponse | undefined {
    return this.ronl.info;
  }

  get pid(): number | undefined {
    return this.ronl.pid;
  }

  get capabilityTee(): node.CapabilityTEE | null {
    return this.ronl.capabilityTee;
  }

  /** Adds a version of a component, which is started if it is wanted. Throws as `VersionedRuntime.add`. */
  add(id: ComponentId, version: Version, runtime: HostedRuntime): void {
    const key = formatComponentId(id);
    let component = this.#components.get(key);
    if (component === undefined) {
      component = { id, versions: new VersionedRuntime(this.runtimeId, this.#log) };
      if (this.#isRunning) component.versions.start();
      this.#components.set(key, component);
    }
    component.versions.add(version, runtime);
    if (!isRonl(id)) this.#setVersions(component);
  }

  /** Stops and forgets a ROFL component. */
  async remove(id: ComponentId): Promise<void> {
    if (isRonl(id)) throw plainError("RONL component cannot be removed");
    const component = this.component(id);
    this.#components.delete(formatComponentId(id));
    await component?.[Symbol.asyncDispose]();
  }

  /** Says which versions of RONL are to run. ROFL components run their latest one wherever RONL runs. */
  set(wanted: HostedVersions): void {
    this.#wanted = wanted;
    for (const component of this.#components.values()) this.#setVersions(component);
  }

  #setVersions({ id, versions }: Component): void {
    if (isRonl(id)) {
      versions.set(this.#wanted);
      if (this.#wanted.active !== undefined) versions.prune(this.#wanted.active);
      return;
    }
    const latest = versions.versions.sort(compareVersions).at(-1);
    versions.set(roflVersions(this.#wanted, latest));
    if (latest !== undefined) versions.prune(latest);
  }

  start(): void {
    this.#isRunning = true;
    for (const { versions } of this.#components.values()) versions.start();
  }

  /** Resolves when all changes so far have taken effect. */
  async settled(): Promise<void> {
    for (const { versions } of this.#components.values()) await versions.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRunning = false;
    const stopping = Array.from(this.#components.values(), ({ versions }) => versions[Symbol.asyncDispose]());
    await Promise.all(stopping);
    this.#calls[Symbol.dispose]();
  }

  /** Of RONL. */
  watch(listener: (event: RuntimeEvent) => void): () => void {
    return this.ronl.watch(listener);
  }

  updateCapabilityTee(): void {
    for (const { versions } of this.#components.values()) versions.updateCapabilityTee();
  }

  /** Only RONL can be aborted. */
  async abort(options?: AbortOptions): Promise<void> {
    await this.ronl.abort(options);
  }

  /** RONL answers; its error ends the call before any other component hears of it. */
  async request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options: CallOptions = {},
  ): Promise<BodyValue<ResponseType<R>>> {
    const answer = await this.#calls.track(type, value, options, () => this.ronl.request(type, value, options));
    if (!isPropagated(type)) return answer;
    for (const { id, versions } of this.#components.values()) {
      // One that does not run has nothing to be told, and would be waited for.
      if (isRonl(id) || versions.activeVersion === undefined) continue;
      try {
        await versions.request(type, value, options);
      } catch (e) {
        const fields = { err: errorText(e), component: formatComponentId(id) };
        this.#log.warn("failed to propagate call to component", fields);
      }
    }
    return answer;
  }
}
