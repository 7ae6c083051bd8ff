// Every case of the reference's commission schedule tests.
import assert from "node:assert/strict";
import { decodeJson, encodeJson, type Schema } from "@wadi/codec";
import { staking, ValidationError } from "@wadi/types";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface ScheduleCase {
  readonly op: "prune_and_validate" | "amend_and_prune_and_validate";
  readonly now: number;
  readonly rules: unknown;
  readonly schedule: unknown;
  readonly amendment?: unknown;
  readonly result?: unknown;
  readonly error?: string;
}

const read = <T>(schema: Schema<T>, json: unknown): T => decodeJson(schema, JSON.stringify(json));

function run(test: ScheduleCase): staking.CommissionSchedule {
  const schedule = read(staking.CommissionSchedule, test.schedule);
  const rules = read(staking.CommissionScheduleRules, test.rules);
  const now = BigInt(test.now);
  if (test.op === "prune_and_validate") return staking.pruneAndValidateSchedule(schedule, rules, now);
  return staking.amendSchedule(schedule, read(staking.CommissionSchedule, test.amendment), rules, now);
}

export const suite: Suite = {
  file: "apps/economy-commission-schedule",
  run(r) {
    const file = loadVector<{ readonly cases: readonly ScheduleCase[] }>("apps/economy-commission-schedule");
    for (const [i, test] of (file?.cases ?? []).entries()) {
      r.case(`${test.op} ${i}`, () => {
        if (test.error !== undefined) {
          assert.throws(() => run(test), ValidationError, test.error);
          return;
        }
        const expected = read(staking.CommissionSchedule, test.result);
        assert.equal(
          encodeJson(staking.CommissionSchedule, run(test)),
          encodeJson(staking.CommissionSchedule, expected),
        );
      });
    }
  },
};
