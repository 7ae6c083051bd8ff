// The decisions about several versions of one component (go/runtime/host/multi): what is started,
// stopped and promoted when versions come, go, or take over. Versions are in the text form of
// `formatVersion`.

export interface VersionSwitch {
  readonly isRunning: boolean;
  /** Versions that can be run. */
  readonly known: ReadonlySet<string>;
  readonly wantedActive: string | undefined;
  readonly wantedNext: string | undefined;
  /** What runs. */
  readonly active: string | undefined;
  readonly next: string | undefined;
}

export type VersionEvent =
  | { readonly type: "add" | "remove"; readonly version: string }
  | { readonly type: "set"; readonly active: string | undefined; readonly next: string | undefined }
  | { readonly type: "start" | "stop" };

/** What to do, in this order; a version that was stopped is gone and has to be added again. */
export type VersionEffect =
  | { readonly type: "startActive" | "startNext" | "stopActive" | "stopNext" | "promote"; readonly version: string }
  | { readonly type: "configUpdated" };

export const noVersions: VersionSwitch = {
  isRunning: false,
  known: new Set(),
  wantedActive: undefined,
  wantedNext: undefined,
  active: undefined,
  next: undefined,
};

export interface SwitchStep {
  readonly state: VersionSwitch;
  readonly effects: readonly VersionEffect[];
}

/** A step under construction. */
interface Draft {
  state: VersionSwitch;
  readonly effects: VersionEffect[];
}

/** Takes one event. A version that is wanted or unknown is not removed; check before. */
export function switchVersions(state: VersionSwitch, event: VersionEvent): SwitchStep {
  switch (event.type) {
    case "add":
      return settle({ ...state, known: new Set(state.known).add(event.version) });
    case "remove":
      return { state: { ...state, known: without(state.known, event.version) }, effects: [] };
    case "set":
      return settle({ ...state, ...wanted(event.active, event.next) });
    case "start":
      return settle({ ...state, isRunning: true });
    case "stop": {
      const draft: Draft = { state, effects: [] };
      stopActive(draft);
      stopNext(draft);
      return { state: { ...draft.state, isRunning: false }, effects: draft.effects };
    }
  }
}

/** There is no next version without an active one, and none that is the same. */
function wanted(
  active: string | undefined,
  next: string | undefined,
): Pick<VersionSwitch, "wantedActive" | "wantedNext"> {
  if (active === undefined || active === next) return { wantedActive: next, wantedNext: undefined };
  return { wantedActive: active, wantedNext: next };
}

function settle(state: VersionSwitch): SwitchStep {
  const draft: Draft = { state, effects: [] };
  if (state.isRunning) {
    settleActive(draft);
    settleNext(draft);
  }
  return draft;
}

function settleActive(draft: Draft): void {
  const { wantedActive: version, active, next } = draft.state;
  if (active !== undefined && active === version) return;
  stopActive(draft);
  if (version === undefined) return;
  if (next === version) {
    draft.effects.push({ type: "promote", version });
    draft.state = { ...draft.state, active: version, next: undefined };
  } else if (draft.state.known.has(version)) {
    draft.effects.push({ type: "startActive", version });
    draft.state = { ...draft.state, active: version };
  }
}

function settleNext(draft: Draft): void {
  const { wantedNext: version, next } = draft.state;
  if (next !== undefined && next === version) return;
  stopNext(draft);
  if (version === undefined || !draft.state.known.has(version)) return;
  draft.effects.push({ type: "startNext", version }, { type: "configUpdated" });
  draft.state = { ...draft.state, next: version };
}

function stopActive(draft: Draft): void {
  const { active: version, known } = draft.state;
  if (version === undefined) return;
  draft.effects.push({ type: "stopActive", version });
  draft.state = { ...draft.state, active: undefined, known: without(known, version) };
}

function stopNext(draft: Draft): void {
  const { next: version, known } = draft.state;
  if (version === undefined) return;
  draft.effects.push({ type: "stopNext", version }, { type: "configUpdated" });
  draft.state = { ...draft.state, next: undefined, known: without(known, version) };
}

function without(set: ReadonlySet<string>, element: string): ReadonlySet<string> {
  const rest = new Set(set);
  rest.delete(element);
  return rest;
}
