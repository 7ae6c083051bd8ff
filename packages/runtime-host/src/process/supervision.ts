// Keeping a component running, as decisions: what happened in, what is to be done out.
// Reference: go/runtime/host/sandbox/host.go `manager`.
import { afterStart, newPace, type Pace, type PaceOptions, restartPace } from "./restart-pace.ts";

const WATCHDOG_INTERVAL_MS = 15_000;
/** A component that ran for so long begins a new series of restarts when it ends. */
const SETTLED_AFTER_MS = 15 * 60_000;
/** Abort requests that may wait for their turn. */
export const MAX_WAITING_ABORTS = 16;
/** A component without connection is ended, but it may be about to end by itself and say why. */
const HANG_UP_AFTER_MS = 1000;
/** From this attempt of a series on, starts are reported as a crash loop. */
const CRASH_LOOP_ATTEMPTS = 5;

export type TimerName = "restart" | "watchdog" | "settled" | "hangUp";

export interface AbortRequest {
  readonly id: number;
  readonly force: boolean;
}

export type Phase = "idle" | "waiting" | "starting" | "running" | "interrupting" | "killing" | "stopped";

export interface Supervision {
  readonly phase: Phase;
  /** Starts since the series began. */
  readonly attempt: number;
  readonly pace: Pace | undefined;
  /** The one being served is first. */
  readonly aborts: readonly AbortRequest[];
  /** What is wrong with the process that runs: why it is ended, or why its connection was. */
  readonly fault?: string | undefined;
}

export const initialSupervision: Supervision = { phase: "idle", attempt: 0, pace: undefined, aborts: [] };

export type SupervisionEvent =
  | { readonly type: "start" }
  | { readonly type: "started" }
  | { readonly type: "failedToStart"; readonly error: Error }
  /** The process has ended. */
  | { readonly type: "exited"; readonly reason: string }
  /** The connection has ended although the process runs. Its end by the process alone says nothing: it may be about to exit. */
  | { readonly type: "disconnected"; readonly reason: string; readonly isByProcess?: boolean }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "pinged"; readonly failure: string | undefined }
  | { readonly type: "abort"; readonly request: AbortRequest }
  | { readonly type: "interrupted"; readonly succeeded: boolean }
  | { readonly type: "stop" };

export type SupervisionEffect =
  | { readonly type: "launch"; readonly attempt: number }
  | { readonly type: "cancelLaunch" }
  | { readonly type: "ping" }
  | { readonly type: "interrupt" }
  | { readonly type: "kill" }
  | { readonly type: "setTimer"; readonly timer: TimerName; readonly delayMs: number }
  | { readonly type: "clearTimers" }
  | { readonly type: "emitStarted" }
  | { readonly type: "emitStopped"; readonly reason?: string }
  | { readonly type: "emitFailedToStart"; readonly error: Error }
  | { readonly type: "answerAbort"; readonly id: number; readonly error: string | undefined }
  | {
      readonly type: "log";
      readonly level: "info" | "warn" | "error";
      readonly message: string;
      readonly fields?: Readonly<Record<string, unknown>>;
    };

/** The clock and the dice of a decision. */
export interface Circumstances {
  readonly nowMs: number;
  /** From 0 up to 1. */
  readonly random: number;
  /** Default: the reference's. */
  readonly pace?: PaceOptions;
}

export interface Decision {
  readonly state: Supervision;
  readonly effects: readonly SupervisionEffect[];
}

const warn = (message: string, fields?: Record<string, unknown>): SupervisionEffect => ({
  type: "log",
  level: "warn",
  message,
  ...(fields && { fields }),
});

/** What to do about an event. Events that do not fit the phase are late and change nothing. */
export function supervise(state: Supervision, event: SupervisionEvent, now: Circumstances): Decision {
  if (state.phase === "stopped") return whenStopped(state, event);
  switch (event.type) {
    case "start":
      return state.phase === "idle" ? startNext(state, [], now) : nothing(state);
    case "started":
      return state.phase === "starting" ? onStarted(state) : nothing(state);
    case "failedToStart":
      return state.phase === "starting" ? onFailedToStart(state, event.error, now) : nothing(state);
    case "exited":
      return isUp(state) ? onExited(state, event.reason, now) : nothing(state);
    case "disconnected":
      return onDisconnected(state, event);
    case "timer":
      return onTimer(state, event.timer, now);
    case "pinged":
      return onPinged(state, event.failure);
    case "abort":
      return onAbort(state, event.request);
    case "interrupted":
      return state.phase === "interrupting" ? onInterrupted(state, event.succeeded) : nothing(state);
    case "stop":
      return onStop(state);
  }
}

const isUp = ({ phase }: Supervision): boolean =>
  phase === "running" || phase === "interrupting" || phase === "killing";

const nothing = (state: Supervision): Decision => ({ state, effects: [] });

function whenStopped(state: Supervision, event: SupervisionEvent): Decision {
  if (event.type !== "abort") return nothing(state);
  return { state, effects: [{ type: "answerAbort", id: event.request.id, error: undefined }] };
}

/** Starts now, or sets the time for it, or gives up. */
function startNext(state: Supervision, before: readonly SupervisionEffect[], now: Circumstances): Decision {
  const { nowMs, random, pace: options = restartPace } = now;
  if (state.pace === undefined) {
    return launch({ ...state, pace: newPace(nowMs, options), attempt: 0 }, before);
  }
  const { nextMs } = state.pace;
  if (nextMs === undefined) {
    return {
      state: { ...state, phase: "stopped" },
      effects: [
        ...before,
        warn("restart ticker stopped"),
        { type: "emitStopped", reason: "it is not started any more after a day of failures" },
      ],
    };
  }
  if (nextMs > nowMs) {
    const timer: SupervisionEffect = { type: "setTimer", timer: "restart", delayMs: nextMs - nowMs };
    return { state: { ...state, phase: "waiting" }, effects: [...before, timer] };
  }
  return launch({ ...state, pace: afterStart(state.pace, nowMs, random, options) }, before);
}

function launch(state: Supervision, before: readonly SupervisionEffect[]): Decision {
  const attempt = state.attempt + 1;
  const fields = { attempt };
  const loop = attempt < CRASH_LOOP_ATTEMPTS ? [] : [warn("runtime keeps terminating", fields)];
  const started: SupervisionEffect = { type: "log", level: "info", message: "starting runtime", fields };
  return {
    state: { ...state, phase: "starting", attempt },
    effects: [...before, ...loop, started, { type: "launch", attempt }],
  };
}

function onStarted(state: Supervision): Decision {
  return {
    state: { ...state, phase: "running", aborts: [], fault: undefined },
    effects: [
      ...answerAll(state, "runtime restarted"),
      { type: "setTimer", timer: "settled", delayMs: SETTLED_AFTER_MS },
      { type: "setTimer", timer: "watchdog", delayMs: WATCHDOG_INTERVAL_MS },
      { type: "emitStarted" },
    ],
  };
}

function onFailedToStart(state: Supervision, error: Error, now: Circumstances): Decision {
  const fields = { err: error.message, attempt: state.attempt };
  const report: readonly SupervisionEffect[] = [
    { type: "log", level: "error", message: "failed to start runtime", fields },
    { type: "emitFailedToStart", error },
  ];
  return startNext(state, report, now);
}

function onExited(state: Supervision, reason: string, now: Circumstances): Decision {
  const [served, ...aborts] = state.aborts;
  const report: SupervisionEffect =
    served === undefined
      ? { type: "log", level: "error", message: "runtime process has terminated unexpectedly", fields: { err: reason } }
      : warn("runtime terminated due to restart request");
  const answer: SupervisionEffect[] =
    served === undefined ? [] : [{ type: "answerAbort", id: served.id, error: undefined }];
  const stopped: SupervisionEffect = { type: "emitStopped", reason: `${state.fault ?? "it has ended"} (${reason})` };
  return startNext({ ...state, aborts }, [report, { type: "clearTimers" }, stopped, ...answer], now);
}

function onTimer(state: Supervision, timer: TimerName, now: Circumstances): Decision {
  switch (timer) {
    case "restart":
      return state.phase === "waiting" ? startNext(state, [], now) : nothing(state);
    case "settled":
      return nothing({ ...state, pace: undefined });
    case "hangUp":
      return isUp(state)
        ? killing(withFault(state, "it closed its connection"), [warn("runtime without connection, terminating it")])
        : nothing(state);
    case "watchdog":
      if (state.phase === "running") return { state, effects: [{ type: "ping" }] };
      return {
        state,
        effects: isUp(state) ? [{ type: "setTimer", timer, delayMs: WATCHDOG_INTERVAL_MS }] : [],
      };
  }
}

function onDisconnected(
  state: Supervision,
  { isByProcess = false, reason }: Extract<SupervisionEvent, { type: "disconnected" }>,
): Decision {
  if (!isUp(state)) return nothing(state);
  return {
    state: isByProcess ? state : withFault(state, `its connection was ended: ${reason}`),
    effects: [
      { type: "log", level: "info", message: "connection to runtime lost", fields: { err: reason } },
      { type: "setTimer", timer: "hangUp", delayMs: HANG_UP_AFTER_MS },
    ],
  };
}

function onPinged(state: Supervision, failure: string | undefined): Decision {
  if (!isUp(state)) return nothing(state);
  if (failure === undefined || state.phase === "killing") {
    return { state, effects: [{ type: "setTimer", timer: "watchdog", delayMs: WATCHDOG_INTERVAL_MS }] };
  }
  return killing(withFault(state, `it did not answer a ping: ${failure}`), [
    warn("watchdog ping failed, terminating runtime", { err: failure }),
  ]);
}

function onAbort(state: Supervision, request: AbortRequest): Decision {
  const answer = (error: string | undefined): Decision => ({
    state,
    effects: [{ type: "answerAbort", id: request.id, error }],
  });
  if (!isUp(state)) return answer(undefined);
  if (state.aborts.length > MAX_WAITING_ABORTS) return answer("command channel is full");
  const waiting = { ...state, aborts: [...state.aborts, request] };
  return state.phase === "running" ? interrupt(waiting) : nothing(waiting);
}

function interrupt(state: Supervision): Decision {
  return {
    state: { ...state, phase: "interrupting" },
    effects: [warn("interrupting runtime"), { type: "interrupt" }],
  };
}

function onInterrupted(state: Supervision, succeeded: boolean): Decision {
  const [served, ...aborts] = state.aborts;
  if (served === undefined) return nothing({ ...state, phase: "running" });
  if (!succeeded || served.force) {
    const fault = served.force ? "it was restarted on demand" : "it could not abort what it did";
    return killing(withFault(state, fault), [warn("restarting runtime", { force_restart: served.force })]);
  }
  const answer: SupervisionEffect = { type: "answerAbort", id: served.id, error: undefined };
  const rest = { ...state, phase: "running", aborts } as const;
  if (aborts.length === 0) return { state: rest, effects: [answer] };
  const next = interrupt(rest);
  return { state: next.state, effects: [answer, ...next.effects] };
}

/** The first is the cause of the others. */
function withFault(state: Supervision, fault: string): Supervision {
  return { ...state, fault: state.fault ?? fault };
}

function killing(state: Supervision, before: readonly SupervisionEffect[]): Decision {
  return { state: { ...state, phase: "killing" }, effects: [...before, { type: "kill" }] };
}

function onStop(state: Supervision): Decision {
  const end: readonly SupervisionEffect[] = isUp(state)
    ? [warn("terminating runtime"), { type: "kill" }, { type: "emitStopped" }]
    : [{ type: "cancelLaunch" }, ...(state.phase === "idle" ? [] : [{ type: "emitStopped" } as const])];
  return {
    state: { ...state, phase: "stopped", aborts: [] },
    effects: [{ type: "clearTimers" }, ...answerAll(state, "runtime stopped"), ...end],
  };
}

function answerAll({ aborts }: Supervision, error: string): SupervisionEffect[] {
  return aborts.map(({ id }) => ({ type: "answerAbort", id, error }));
}
