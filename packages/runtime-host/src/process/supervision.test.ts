import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { afterStart, newPace, restartPace } from "./restart-pace.ts";
import {
  initialSupervision,
  MAX_WAITING_ABORTS,
  supervise,
  type Supervision,
  type SupervisionEffect,
  type SupervisionEvent,
} from "./supervision.ts";

/** Applies events in turn; the effects of the last one, without logs. */
function run(events: readonly SupervisionEvent[], nowMs = 0, from: Supervision = initialSupervision) {
  let state = from;
  let effects: readonly SupervisionEffect[] = [];
  for (const event of events) ({ state, effects } = supervise(state, event, { nowMs, random: 0.5 }));
  return { state, types: effects.filter(({ type }) => type !== "log").map(({ type }) => type), effects };
}

const up: readonly SupervisionEvent[] = [{ type: "start" }, { type: "started" }];
const exited: SupervisionEvent = { type: "exited", reason: "signal: killed" };
const failed: SupervisionEvent = { type: "failedToStart", error: new Error("no") };
const abort = (id: number, force = false): SupervisionEvent => ({ type: "abort", request: { id, force } });

test("the first two starts are immediate, then pauses grow by half up to an hour", () => {
  let pace = newPace(0, restartPace);
  const pauses: number[] = [];
  let now = 0;
  for (let i = 0; i < 30; i++) {
    pace = afterStart(pace, now, 0.5, restartPace);
    if (pace.nextMs === undefined) break;
    pauses.push(pace.nextMs - now);
    now = pace.nextMs;
  }
  assert.deepEqual(pauses.slice(0, 4), [500, 750, 1125, 1687.5]);
  assert.equal(pauses.at(-1), 3_600_000);
  assert.equal(afterStart(newPace(0, restartPace), 0, 0, restartPace).nextMs, 250);
  assert.ok((afterStart(newPace(0, restartPace), 0, 0.999, restartPace).nextMs ?? 0) < 750);

  const first = run([{ type: "start" }, failed]);
  assert.equal(first.state.attempt, 2);
  assert.deepEqual(first.types, ["emitFailedToStart", "launch"]);
  const second = run([failed], 0, first.state);
  assert.deepEqual(second.effects.at(-1), { type: "setTimer", timer: "restart", delayMs: 500 });
  assert.deepEqual(run([{ type: "timer", timer: "restart" }], 500, second.state).types, ["launch"]);
});

test("after a day of trouble it stays down; a quarter of an hour without any begins anew", () => {
  const pace = { sinceMs: 0, nextMs: 86_000_000, intervalMs: 3_600_000 };
  const late = run([failed], 86_300_000, { ...initialSupervision, phase: "starting", attempt: 40, pace });
  const over = run([failed], 86_400_001, late.state);
  assert.deepEqual(over.types, ["emitFailedToStart", "emitStopped"]);
  assert.equal(over.state.phase, "stopped");

  const settled = run([...up, { type: "timer", timer: "settled" }, exited]);
  assert.equal(settled.state.attempt, 1);
  assert.deepEqual(settled.types, ["clearTimers", "emitStopped", "launch"]);
});

test("a process that ends is started again; one that does not answer pings is ended", () => {
  assert.deepEqual(run([...up, exited]).types, ["clearTimers", "emitStopped", "launch"]);
  assert.deepEqual(run([...up, { type: "timer", timer: "watchdog" }]).types, ["ping"]);
  const pinged = run([...up, { type: "pinged", failure: undefined }]);
  assert.deepEqual(pinged.effects, [{ type: "setTimer", timer: "watchdog", delayMs: 15_000 }]);
  assert.deepEqual(run([...up, { type: "pinged", failure: "timeout" }]).types, ["kill"]);
  assert.deepEqual(run([...up, { type: "disconnected", reason: "eof" }, { type: "timer", timer: "hangUp" }]).types, [
    "kill",
  ]);
});

test("an abort is done when the component says so, or else by a restart", () => {
  assert.deepEqual(run([abort(1)]).effects, [{ type: "answerAbort", id: 1, error: undefined }]);
  assert.deepEqual(run([...up, abort(1)]).types, ["interrupt"]);
  const done = run([...up, abort(1), { type: "interrupted", succeeded: true }]);
  assert.deepEqual(done.effects, [{ type: "answerAbort", id: 1, error: undefined }]);
  assert.equal(done.state.phase, "running");
  for (const events of [
    [abort(1), { type: "interrupted", succeeded: false }],
    [abort(1, true), { type: "interrupted", succeeded: true }],
  ] as const) {
    const killed = run([...up, ...events]);
    assert.deepEqual(killed.types, ["kill"]);
    assert.deepEqual(run([exited], 0, killed.state).types, ["clearTimers", "emitStopped", "answerAbort", "launch"]);
  }
});

test("aborts wait for their turn, not beyond a bound, and end with a restart", () => {
  const many = Array.from({ length: MAX_WAITING_ABORTS + 2 }, (_, i) => abort(i));
  const full = run([...up, ...many]);
  assert.deepEqual(full.effects, [
    { type: "answerAbort", id: MAX_WAITING_ABORTS + 1, error: "command channel is full" },
  ]);
  const next = run([...up, abort(1), abort(2), { type: "interrupted", succeeded: true }]);
  assert.deepEqual(next.types, ["answerAbort", "interrupt"]);
  const restarted = run([
    ...up,
    abort(1),
    abort(2),
    { type: "interrupted", succeeded: false },
    exited,
    { type: "started" },
  ]);
  assert.deepEqual(restarted.effects[0], { type: "answerAbort", id: 2, error: "runtime restarted" });
});

test("the end of a process is told with its cause, the first of several", () => {
  const reasonAfter = (...events: readonly SupervisionEvent[]): string | undefined => {
    const stopped = run([...up, ...events, exited]).effects.find(({ type }) => type === "emitStopped");
    return stopped?.type === "emitStopped" ? stopped.reason : undefined;
  };
  const closed: SupervisionEvent = { type: "disconnected", reason: "connection closed", isByProcess: true };
  const hangUp: SupervisionEvent = { type: "timer", timer: "hangUp" };
  const exit = exited.type === "exited" ? exited.reason : "";
  assert.equal(reasonAfter(), `it has ended (${exit})`);
  assert.equal(reasonAfter(closed), `it has ended (${exit})`);
  assert.equal(reasonAfter(closed, hangUp), `it closed its connection (${exit})`);
  const garbage: SupervisionEvent = { type: "disconnected", reason: "message too large" };
  assert.equal(reasonAfter(garbage, hangUp), `its connection was ended: message too large (${exit})`);
  const noPing: SupervisionEvent = { type: "pinged", failure: "call timed out" };
  assert.equal(reasonAfter(noPing, closed), `it did not answer a ping: call timed out (${exit})`);
  const refused: SupervisionEvent = { type: "interrupted", succeeded: false };
  assert.equal(reasonAfter(abort(1), refused), `it could not abort what it did (${exit})`);
  assert.equal(reasonAfter(abort(1, true), refused), `it was restarted on demand (${exit})`);
  const again = run([...up, noPing, exited, { type: "started" }, exited]).effects.find(
    ({ type }) => type === "emitStopped",
  );
  assert.deepEqual(again, { type: "emitStopped", reason: `it has ended (${exit})` }, "the next process is another one");
});

test("whatever happens: one process at a time, every abort answered once, nothing after the stop", () => {
  const id = fc.integer({ min: 0, max: 1_000_000 });
  const event: fc.Arbitrary<SupervisionEvent> = fc.oneof(
    fc.constantFrom<SupervisionEvent>(
      { type: "start" },
      { type: "started" },
      failed,
      exited,
      { type: "disconnected", reason: "x" },
      { type: "timer", timer: "restart" },
      { type: "timer", timer: "watchdog" },
      { type: "timer", timer: "settled" },
      { type: "timer", timer: "hangUp" },
      { type: "pinged", failure: undefined },
      { type: "pinged", failure: "x" },
      { type: "interrupted", succeeded: true },
      { type: "interrupted", succeeded: false },
    ),
    fc.record({ type: fc.constant("abort" as const), request: fc.record({ id, force: fc.boolean() }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let state = initialSupervision;
      let isLaunched = false;
      const open = new Map<number, number>();
      let now = 0;
      for (const one of [...events, { type: "stop" } as const, ...events]) {
        if (one.type === "abort") open.set(one.request.id, (open.get(one.request.id) ?? 0) + 1);
        const wasUp = ["running", "interrupting", "killing"].includes(state.phase);
        if ((one.type === "exited" && wasUp) || (one.type === "failedToStart" && state.phase === "starting"))
          isLaunched = false;
        const decision = supervise(state, one, { nowMs: (now += 700), random: 0.3 });
        for (const effect of decision.effects) {
          if (effect.type === "launch") {
            assert.ok(!isLaunched && state.phase !== "stopped");
            isLaunched = true;
          }
          if (effect.type === "kill") assert.ok(wasUp);
          if (effect.type === "answerAbort") open.set(effect.id, (open.get(effect.id) ?? 0) - 1);
        }
        state = decision.state;
      }
      assert.equal(state.phase, "stopped");
      assert.deepEqual(
        [...open.values()].filter((n) => n !== 0),
        [],
      );
    }),
    { numRuns: 500 },
  );
});
