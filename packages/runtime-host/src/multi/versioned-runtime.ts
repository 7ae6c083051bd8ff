// Several versions of one component as one runtime: the active one answers, the next one waits for
// its epoch (go/runtime/host/multi).
import type {
  BodyValue,
  CallOptions,
  ResponseType,
  RuntimeInfoResponse,
  RuntimeRequestType,
} from "@wadi/runtime-protocol";
import { compareVersions, formatVersion, type Namespace, type node, type Version } from "@wadi/types";
import { must } from "@wadi/util";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { errorText, plainError } from "../rhp/errors.ts";
import type { AbortOptions, HostedRuntime, RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { systemTimers } from "../rhp/system-timers.ts";
import { Listeners } from "./listeners.ts";
import type { HostedVersions } from "./hosted-versions.ts";
import { isPropagated } from "./propagation.ts";
import {
  noVersions,
  switchVersions,
  type VersionEffect,
  type VersionEvent,
  type VersionSwitch,
} from "./version-switch.ts";

interface Entry {
  readonly version: Version;
  readonly runtime: HostedRuntime;
  /** Set while the version runs. */
  unwatch?: () => void;
  /** The last start of a next version, which nobody was told of yet. */
  started?: Extract<RuntimeEvent, { type: "started" }> | undefined;
}

const noActiveVersion = (): Error => plainError("runtime/host/multi: no active version");
const noSuchVersion = (): Error => plainError("runtime/host/multi: no such version");

export class VersionedRuntime implements HostedRuntime {
  readonly runtimeId: Namespace;
  readonly #log: HostLog;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Listeners();
  /** Calls that wait for an active version. */
  readonly #waiting = new Set<(active: Entry) => void>();
  #state: VersionSwitch = noVersions;
  /** What runs, as of the effects that were performed. */
  #active: Entry | undefined;
  #next: Entry | undefined;
  /** All effects, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(runtimeId: Namespace, log: HostLog = silentLog) {
    this.runtimeId = runtimeId;
    this.#log = log;
  }

  get activeVersion(): Version | undefined {
    return this.#active?.version;
  }

  get info(): RuntimeInfoResponse | undefined {
    return this.#active?.runtime.info;
  }

  get pid(): number | undefined {
    return this.#active?.runtime.pid;
  }

  get capabilityTee(): node.CapabilityTEE | null {
    return this.#active?.runtime.capabilityTee ?? null;
  }

  /** All versions that were added and not stopped, oldest first. */
  get versions(): Version[] {
    return Array.from(this.#entries.values(), ({ version }) => version).sort(compareVersions);
  }

  has(version: Version): boolean {
    return this.#entries.has(formatVersion(version));
  }

  /** Whether it is the active or the next version. */
  isHosted(version: Version): boolean {
    const key = formatVersion(version);
    return [this.#active, this.#next].some((entry) => entry !== undefined && formatVersion(entry.version) === key);
  }

  /** The runtime of the active or the next version. Throws `no such version`. */
  runtimeOf(version: Version): HostedRuntime {
    const entry = this.#entries.get(formatVersion(version));
    if (entry === undefined || (entry !== this.#active && entry !== this.#next)) throw noSuchVersion();
    return entry.runtime;
  }

  /** Adds a runtime that was not started; it is if its version is wanted. Throws for a foreign or known one. */
  add(version: Version, runtime: HostedRuntime): void {
    const key = formatVersion(version);
    if (runtime.runtimeId !== this.runtimeId) {
      const ids = `got '${runtime.runtimeId}', expected '${this.runtimeId}'`;
      throw plainError(`runtime/host/multi: runtime mismatch: ${ids}`);
    }
    if (this.#entries.has(key)) throw plainError(`runtime/host/multi: duplicate runtime version: ${key}`);
    this.#entries.set(key, { version, runtime });
    this.#take({ type: "add", version: key });
  }

  /** Forgets a version, which must be neither active nor next. */
  remove(version: Version): void {
    const key = formatVersion(version);
    const { known, wantedActive, wantedNext } = this.#state;
    if (!known.has(key)) throw noSuchVersion();
    if (key === wantedActive) throw plainError(`runtime/host/multi: cannot remove active version '${key}'`);
    if (key === wantedNext) throw plainError(`runtime/host/multi: cannot remove next version '${key}'`);
    this.#entries.delete(key);
    this.#take({ type: "remove", version: key });
  }

  /** Forgets versions below `lowest` that are neither active nor next. */
  prune(lowest: Version): void {
    const { known, wantedActive, wantedNext } = this.#state;
    for (const version of this.versions) {
      const key = formatVersion(version);
      // What is being stopped is not known any more and goes by itself.
      const isIdle = known.has(key) && key !== wantedActive && key !== wantedNext;
      if (isIdle && compareVersions(version, lowest) < 0) this.remove(version);
    }
  }

  /** Says what is to run. A version that is not known yet is started when it is added. */
  set({ active, next }: HostedVersions): void {
    const key = (version: Version | undefined): string | undefined => version && formatVersion(version);
    this.#take({ type: "set", active: key(active), next: key(next) });
  }

  start(): void {
    this.#take({ type: "start" });
  }

  /** Resolves when all changes so far have taken effect. */
  settled(): Promise<void> {
    return this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#take({ type: "stop" });
    await this.#work;
  }

  watch(listener: (event: RuntimeEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  updateCapabilityTee(): void {
    this.#active?.runtime.updateCapabilityTee();
    this.#next?.runtime.updateCapabilityTee();
  }

  async abort(options?: AbortOptions): Promise<void> {
    if (this.#active === undefined) throw noActiveVersion();
    await this.#active.runtime.abort(options);
  }

  /** The active version answers; while there is none it waits, up to the options' limits. */
  async request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options: CallOptions = {},
  ): Promise<BodyValue<ResponseType<R>>> {
    const active = this.#active ?? (await this.#activation(options));
    const next = this.#next?.runtime;
    if (next !== undefined && isPropagated(type)) {
      next.request(type, value, options).catch((e: unknown) => {
        this.#log.warn("failed to propagate runtime request to next version", { err: errorText(e) });
      });
    }
    return active.runtime.request(type, value, options);
  }

  async #activation({ timeoutMs, signal }: CallOptions): Promise<Entry> {
    const activated = Promise.withResolvers<Entry>();
    const onAbort = (): void => activated.reject(signal?.reason);
    const cancel =
      timeoutMs === undefined ? undefined : systemTimers.after(timeoutMs, () => activated.reject(noActiveVersion()));
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.add(activated.resolve);
    try {
      return await activated.promise;
    } finally {
      cancel?.();
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(activated.resolve);
    }
  }

  #take(event: VersionEvent): void {
    const { state, effects } = switchVersions(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      this.#work = this.#work
        .then(() => this.#perform(effect))
        .catch((e: unknown) => this.#log.error("failed to switch versions", { err: errorText(e) }));
    }
  }

  async #perform(effect: VersionEffect): Promise<void> {
    if (effect.type === "configUpdated") {
      this.#listeners.emit({ type: "configUpdated" });
      return;
    }
    const entry = must(this.#entries.get(effect.version));
    switch (effect.type) {
      case "startActive":
        this.#activate(entry);
        entry.runtime.start();
        return;
      case "promote":
        this.#promote(entry);
        return;
      case "startNext":
        this.#startNext(entry);
        return;
      case "stopActive":
        this.#active = undefined;
        await this.#stop(entry);
        return;
      case "stopNext":
        this.#next = undefined;
        await this.#stop(entry);
    }
  }

  #activate(entry: Entry): void {
    entry.unwatch = entry.runtime.watch((event) => this.#listeners.emit(event));
    this.#active = entry;
    for (const resolve of this.#waiting) resolve(entry);
  }

  /** The next version becomes the active one: its last start is told now. */
  #promote(entry: Entry): void {
    entry.unwatch?.();
    this.#next = undefined;
    this.#activate(entry);
    if (entry.started !== undefined) this.#listeners.emit(entry.started);
    entry.started = undefined;
  }

  #startNext(entry: Entry): void {
    entry.unwatch = entry.runtime.watch((event) => {
      if (event.type === "started") entry.started = event;
      else if (event.type === "stopped") entry.started = undefined;
      else if (event.type === "updated" && entry.started !== undefined) {
        entry.started = { ...entry.started, capabilityTee: event.capabilityTee };
      }
    });
    this.#next = entry;
    entry.runtime.start();
  }

  async #stop(entry: Entry): Promise<void> {
    await entry.runtime[Symbol.asyncDispose]();
    entry.unwatch?.();
    this.#entries.delete(formatVersion(entry.version));
  }
}
