// A component that is kept running: the shell around the decisions of `supervision.ts`.
// Reference: go/runtime/host/sandbox/host.go.
import {
  type BodyValue,
  type CallOptions,
  ErrCallTimeout,
  ErrConnectionClosed,
  type RequestHandler,
  type ResponseType,
  type RuntimeInfoResponse,
  type RuntimeRequestType,
  type StrayMessage,
  type Timers,
} from "@wadi/runtime-protocol";
import type { Namespace, node, Version } from "@wadi/types";
import { WadiError, isError } from "@wadi/util";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { checkRuntimeInfo, connectRuntime, type HostInfo, type RuntimeConnection } from "../rhp/connect-runtime.ts";
import { errorText, plainError } from "../rhp/errors.ts";
import type { AbortOptions, HostedRuntime, RuntimeEvent } from "../rhp/hosted-runtime.ts";
import { systemTimers } from "../rhp/system-timers.ts";
import { AttestationLoop, type Attestation } from "./attestation-loop.ts";
import type { LaunchedProcess, Launcher } from "./launcher.ts";
import type { PaceOptions } from "./restart-pace.ts";
import {
  initialSupervision,
  supervise,
  type Supervision,
  type SupervisionEffect,
  type SupervisionEvent,
  type TimerName,
} from "./supervision.ts";

export interface SupervisedRuntimeDeps {
  readonly launcher: Launcher;
  /** Answers the component's requests. */
  readonly handler: RequestHandler;
  /** Gets what the component prints; see `RuntimeLog`. */
  readonly output?: (chunk: Uint8Array) => void;
  readonly log?: HostLog;
  readonly timers?: Timers;
  /** From 0 up to 1. */
  readonly random?: () => number;
  onStray?(what: StrayMessage): void;
}

export interface SupervisedRuntimeOptions {
  readonly component: HostedComponentFiles;
  readonly hostInfo: HostInfo;
  /** The version that the component must report: that of its bundle, for RONL. */
  readonly expectedVersion?: Version;
  /** For components in a TEE. */
  readonly attestation?: Attestation;
  readonly pace?: PaceOptions;
}

/** One process with its connection. */
interface Run {
  readonly process: LaunchedProcess;
  readonly connection: RuntimeConnection;
  readonly attestation: AttestationLoop | undefined;
}

export class SupervisedRuntime implements HostedRuntime {
  readonly runtimeId: Namespace;
  readonly #deps: SupervisedRuntimeDeps;
  readonly #options: SupervisedRuntimeOptions;
  readonly #log: HostLog;
  readonly #timers: Timers;
  #state: Supervision = initialSupervision;
  #run: Run | undefined;
  #capabilityTee: node.CapabilityTEE | null = null;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  readonly #running = new Map<TimerName, () => void>();
  readonly #aborts = new Map<number, PromiseWithResolvers<void>>();
  #nextAbort = 0;
  /** Calls that wait for a connection. */
  readonly #waiting = new Set<(run: Run | undefined) => void>();
  readonly #launching = new AbortController();
  /** All launches and processes that have not ended. */
  readonly #pending = new Set<Promise<unknown>>();

  constructor(deps: SupervisedRuntimeDeps, options: SupervisedRuntimeOptions) {
    this.runtimeId = options.component.runtimeId;
    this.#deps = deps;
    this.#options = options;
    this.#log = deps.log ?? silentLog;
    this.#timers = deps.timers ?? systemTimers;
  }

  get info(): RuntimeInfoResponse | undefined {
    return this.#run?.connection.info;
  }

  get capabilityTee(): node.CapabilityTEE | null {
    return this.#run === undefined ? null : this.#capabilityTee;
  }

  /** Of the process that runs now; undefined while there is none. */
  get pid(): number | undefined {
    return this.#run?.process.pid;
  }

  start(): void {
    this.#apply({ type: "start" });
  }

  async abort({ force = false, signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const id = this.#nextAbort++;
    const done = Promise.withResolvers<void>();
    const onAbort = (): void => done.reject(signal?.reason);
    this.#aborts.set(id, done);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#apply({ type: "abort", request: { id, force } });
      await done.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#aborts.delete(id);
    }
  }

  updateCapabilityTee(): void {
    this.#run?.attestation?.renew();
  }

  watch(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for a connection if there is none, up to the options' limits. */
  async request<R extends RuntimeRequestType>(
    type: R,
    value: BodyValue<R>,
    options: CallOptions = {},
  ): Promise<BodyValue<ResponseType<R>>> {
    const { connection } = this.#run ?? {};
    // A connection that has ended counts as none: the process is about to be started again.
    if (connection?.isClosed === false) return connection.request(type, value, options);
    const { timeoutMs } = options;
    const begun = this.#timers.now();
    const run = await this.#connected(options);
    const rest = timeoutMs === undefined ? {} : { timeoutMs: Math.max(0, timeoutMs - (this.#timers.now() - begun)) };
    return run.connection.request(type, value, { ...options, ...rest });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#apply({ type: "stop" });
    for (const waiting of this.#waiting) waiting(undefined);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #connected({ timeoutMs, signal }: CallOptions): Promise<Run> {
    const { promise, resolve, reject } = Promise.withResolvers<Run>();
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#state.phase === "stopped") return Promise.reject(new WadiError(ErrConnectionClosed));
    const waiting = (run: Run | undefined): void => {
      if (run === undefined) reject(new WadiError(ErrConnectionClosed));
      else resolve(run);
    };
    const onAbort = (): void => reject(signal?.reason);
    const cancel =
      timeoutMs === undefined ? undefined : this.#timers.after(timeoutMs, () => reject(new WadiError(ErrCallTimeout)));
    this.#waiting.add(waiting);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => {
      cancel?.();
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(waiting);
    });
  }

  #apply(event: SupervisionEvent): void {
    const { random = Math.random } = this.#deps;
    const { pace } = this.#options;
    const now = { nowMs: this.#timers.now(), random: random(), ...(pace && { pace }) };
    const { state, effects } = supervise(this.#state, event, now);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SupervisionEffect): void {
    switch (effect.type) {
      case "launch":
        return this.#track(this.#launch());
      case "cancelLaunch":
        return this.#launching.abort(plainError("termination requested"));
      case "ping":
        return this.#track(this.#ping());
      case "interrupt":
        return this.#track(this.#interrupt());
      case "kill":
        return this.#run?.process.kill();
      case "setTimer":
        return this.#setTimer(effect.timer, effect.delayMs);
      case "clearTimers":
        return this.#clearTimers();
      case "emitStarted":
        return this.#emitStarted();
      case "emitStopped":
        return this.#emit({ type: "stopped", ...(effect.reason !== undefined && { reason: effect.reason }) });
      case "emitFailedToStart":
        return this.#emit({ type: "failedToStart", error: effect.error });
      case "answerAbort":
        return this.#answerAbort(effect.id, effect.error);
      case "log":
        return this.#log[effect.level](effect.message, effect.fields);
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  async #launch(): Promise<void> {
    const { launcher, output = () => undefined } = this.#deps;
    const { signal } = this.#launching;
    let launched: LaunchedProcess | undefined;
    let run: Run;
    try {
      launched = await launcher.launch(this.#options.component, { output, signal });
      run = await this.#connect(launched, signal);
    } catch (e) {
      launched?.kill();
      await launched?.exited;
      return this.#apply({ type: "failedToStart", error: e instanceof Error ? e : plainError(String(e)) });
    }
    this.#run = run;
    this.#apply({ type: "started" });
    // A stop that came in between has found nothing to kill.
    if (this.#state.phase === "stopped") run.process.kill();
    void run.connection.closed.then((reason) => this.#onDisconnected(run, reason));
    const reason = await run.process.exited;
    run.attestation?.stop();
    run.connection.close();
    this.#run = undefined;
    this.#apply({ type: "exited", reason: reason.text });
  }

  async #connect(launched: LaunchedProcess, signal: AbortSignal): Promise<Run> {
    const { handler, onStray = this.#warnOfStray() } = this.#deps;
    const { hostInfo, expectedVersion, attestation } = this.#options;
    let connection: RuntimeConnection | undefined;
    try {
      const timers = this.#timers;
      const options = { hostInfo, handler, timers, signal, onStray };
      connection = await connectRuntime(launched.stream, options).catch((e: unknown) => {
        throw plainError(`failed to initialize connection: ${errorText(e)}`, e);
      });
      checkRuntimeInfo(connection.info, expectedVersion);
      const loop = attestation && new AttestationLoop(connection, attestation, this.#timers, this.#log);
      this.#capabilityTee = (await loop?.first(signal)) ?? null;
      loop?.begin((capability) => this.#onAttested(capability));
      return { process: launched, connection, attestation: loop };
    } catch (e) {
      connection?.close();
      throw e;
    }
  }

  /** Of a connection's messages the first is named: those who send one send many, and the connection ends then. */
  #warnOfStray(): (what: StrayMessage) => void {
    let isTold = false;
    return ({ id, problem }) => {
      if (!isTold) this.#log.warn("the runtime sends messages that answer nothing", { problem, id });
      isTold = true;
    };
  }

  #onDisconnected(run: Run, reason: Error): void {
    const isByProcess = isError(reason, ErrConnectionClosed);
    if (this.#run === run) this.#apply({ type: "disconnected", reason: reason.message, isByProcess });
  }

  #onAttested(capability: node.CapabilityTEE): void {
    const { info } = this;
    this.#capabilityTee = capability;
    if (info !== undefined) this.#emit({ type: "updated", version: info.runtimeVersion, capabilityTee: capability });
  }

  async #ping(): Promise<void> {
    const run = this.#run;
    const failure = await run?.connection.ping().then(
      () => undefined,
      (e: unknown) => errorText(e),
    );
    if (this.#run === run) this.#apply({ type: "pinged", failure });
  }

  async #interrupt(): Promise<void> {
    const run = this.#run;
    const succeeded = (await run?.connection.abort()) ?? false;
    if (this.#run === run) this.#apply({ type: "interrupted", succeeded });
  }

  #setTimer(timer: TimerName, delayMs: number): void {
    this.#running.get(timer)?.();
    const cancel = this.#timers.after(delayMs, () => {
      this.#running.delete(timer);
      this.#apply({ type: "timer", timer });
    });
    this.#running.set(timer, cancel);
  }

  #clearTimers(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  #emitStarted(): void {
    const run = this.#run;
    if (run === undefined) return;
    const version = run.connection.info.runtimeVersion;
    this.#emit({ type: "started", version, capabilityTee: this.#capabilityTee });
    for (const waiting of this.#waiting) waiting(run);
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (e) {
        this.#log.error("listener of runtime events failed", { event: event.type, err: errorText(e) });
      }
    }
  }

  #answerAbort(id: number, error: string | undefined): void {
    const waiting = this.#aborts.get(id);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(plainError(error));
  }
}
