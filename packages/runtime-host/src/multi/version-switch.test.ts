import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { noVersions, switchVersions, type VersionEffect, type VersionEvent } from "./version-switch.ts";

/** The effects of each event, in short. */
function run(events: readonly VersionEvent[]): string[][] {
  let state = noVersions;
  return events.map((event) => {
    const step = switchVersions(state, event);
    state = step.state;
    return step.effects.map((effect) =>
      effect.type === "configUpdated" ? "configUpdated" : `${effect.type} ${effect.version}`,
    );
  });
}

const add = (version: string): VersionEvent => ({ type: "add", version });
const set = (active?: string, next?: string): VersionEvent => ({ type: "set", active, next });
const start: VersionEvent = { type: "start" };

test("nothing runs before the start", () => {
  assert.deepEqual(run([add("1"), set("1"), start]), [[], [], ["startActive 1"]]);
});

test("a version that is not known is started when it is added", () => {
  assert.deepEqual(run([start, set("1", "2"), add("2"), add("1")]), [
    [],
    [],
    ["startNext 2", "configUpdated"],
    ["startActive 1"],
  ]);
});

test("the next version takes over without a restart, the old one is gone", () => {
  assert.deepEqual(run([add("1"), add("2"), start, set("1", "2"), set("2"), set("1")]), [
    [],
    [],
    [],
    ["startActive 1", "startNext 2", "configUpdated"],
    ["stopActive 1", "promote 2"],
    ["stopActive 2"],
  ]);
});

test("another next version replaces one that was never active", () => {
  assert.deepEqual(run([add("1"), add("2"), add("3"), start, set("1", "2"), set("1", "3"), set("1")]).slice(4), [
    ["startActive 1", "startNext 2", "configUpdated"],
    ["stopNext 2", "configUpdated", "startNext 3", "configUpdated"],
    ["stopNext 3", "configUpdated"],
  ]);
});

test("without an active version the next one is it; both the same is no next one", () => {
  assert.deepEqual(run([add("1"), start, set(undefined, "1"), set("1", "1")]).slice(2), [["startActive 1"], []]);
});

test("a version that changes sides", () => {
  assert.deepEqual(run([add("1"), add("2"), start, set("2"), set("1", "2")]).slice(3), [
    ["startActive 2"],
    ["stopActive 2", "startActive 1"],
  ]);
});

test("stop ends both", () => {
  assert.deepEqual(run([add("1"), add("2"), start, set("1", "2"), { type: "stop" }, start]).slice(4), [
    ["stopActive 1", "stopNext 2", "configUpdated"],
    [],
  ]);
});

const version = fc.constantFrom("1", "2", "3");
const maybe = fc.option(version, { nil: undefined });
const event: fc.Arbitrary<VersionEvent> = fc.oneof(
  version.map(add),
  fc.tuple(maybe, maybe).map(([active, next]) => set(active, next)),
  fc.constantFrom<VersionEvent>(start, { type: "stop" }),
);

test("every version is started and stopped in turn, at most two run, and what is wanted and known runs", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state = noVersions;
      const running = new Map<string, "active" | "next">();
      const perform = (effect: VersionEffect): void => {
        if (effect.type === "configUpdated") return;
        const { type, version: v } = effect;
        if (type === "startActive" || type === "startNext") {
          assert.ok(!running.has(v), `${v} is started while it runs`);
          running.set(v, type === "startActive" ? "active" : "next");
        } else if (type === "promote") {
          assert.equal(running.get(v), "next");
          running.set(v, "active");
        } else {
          assert.equal(running.get(v), type === "stopActive" ? "active" : "next");
          running.delete(v);
        }
      };
      for (const one of events) {
        const step = switchVersions(state, one);
        state = step.state;
        step.effects.forEach(perform);
        const byRole = new Map(Array.from(running, ([v, role]) => [role, v]));
        assert.equal(byRole.size, running.size, "one version in each role");
        assert.equal(byRole.get("active"), state.active);
        assert.equal(byRole.get("next"), state.next);
        if (!state.isRunning) assert.equal(running.size, 0);
        else if (state.wantedActive !== undefined && state.known.has(state.wantedActive)) {
          assert.equal(state.active, state.wantedActive);
        }
      }
    }),
  );
});
