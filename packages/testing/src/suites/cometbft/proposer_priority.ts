import assert from "node:assert/strict";
import {
  MAX_TOTAL_VOTING_POWER,
  ValidatorSet,
  rescalePriorities,
  validatorChange,
  type ConsensusAddress,
} from "@wadi/comet-types";
import { publicKeyFromHex } from "@wadi/crypto";
import { must, toHex, utf8 } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { refusalText, setFrom } from "./shared.ts";

type Change = readonly [key: string, power: string];

interface SetVector {
  readonly hash: string;
  readonly priority_hash: string;
  readonly proposer: string;
  readonly validators: readonly (readonly [address: string, power: string, priority: string])[];
}

interface StepVector {
  readonly step: number;
  readonly increment_times: number;
  readonly priorities: string;
  readonly proposer: string;
  readonly state?: SetVector;
  readonly changes?: readonly Change[];
  readonly after_change?: SetVector;
  readonly change_error?: string;
}

interface PriorityVector {
  readonly fork_sequence: string;
  readonly max_total_voting_power: string;
  readonly rescale: readonly {
    readonly diff_max: string;
    readonly priorities: readonly string[];
    readonly result: readonly string[];
  }[];
  readonly scenarios: readonly {
    readonly name: string;
    readonly initial_input: readonly Change[];
    readonly after_construction: SetVector;
    readonly steps: readonly StepVector[];
  }[];
}

function checkSet(set: ValidatorSet, expected: SetVector, where: string): void {
  const got = Array.from(set, (v) => [v.address, String(v.votingPower), String(v.proposerPriority)]);
  assert.deepEqual(got, expected.validators, where);
  assert.equal(set.hash, expected.hash, where);
  assert.equal(set.priorityHash, expected.priority_hash, where);
  assert.equal(set.proposer()?.address, expected.proposer, where);
  assert.ok(set.isOrdered(), where);
}

/** The reference prints whole validators (keys as lists of numbers) behind these words. */
function shortened(text: string | undefined): string | undefined {
  return text?.replace(/^(duplicate entry) .*$/s, "$1");
}

function applyStep(set: ValidatorSet, step: StepVector): ValidatorSet {
  const where = `step ${step.step}`;
  let current = set;
  if (step.changes !== undefined) {
    const changes = step.changes.map(([key, power]) => validatorChange(publicKeyFromHex(key), BigInt(power)));
    const refused = refusalText(() => (current = current.changed(changes)));
    assert.equal(shortened(refused), shortened(step.change_error), where);
    checkSet(current, must(step.after_change), `${where} after change`);
  }
  current = current.rotated(step.increment_times);
  assert.equal(Array.from(current, (v) => v.proposerPriority).join(" "), step.priorities, where);
  assert.equal(current.proposer()?.address, step.proposer, where);
  if (step.state !== undefined) checkSet(current, step.state, where);
  return current;
}

/** The fork's golden sequence: addresses are ASCII names, so there is no key behind them. */
function forkSequence(turns: number): string {
  const publicKey = publicKeyFromHex("00".repeat(32));
  const name = (text: string): ConsensusAddress => toHex(utf8(text)) as ConsensusAddress;
  const names = new Map(["foo", "bar", "baz"].map((text) => [name(text), text]));
  const power: Record<string, bigint> = { foo: 1000n, bar: 300n, baz: 330n };
  let set = ValidatorSet.create(
    Array.from(names, ([address, text]) => ({ address, publicKey, votingPower: must(power[text]) })),
  );
  const seen: string[] = [];
  for (let i = 0; i < turns; i++) {
    seen.push(must(names.get(must(set.proposer()).address)));
    set = set.rotated(1);
  }
  return seen.join(" ");
}

export const suite: Suite = {
  file: "cometbft/proposer_priority",
  run(r) {
    const vector = must(loadVector<PriorityVector>("cometbft/proposer_priority"));
    r.case("maximum total power", () => assert.equal(String(MAX_TOTAL_VOTING_POWER), vector.max_total_voting_power));
    r.case("fork sequence", () => {
      assert.equal(forkSequence(vector.fork_sequence.split(" ").length), vector.fork_sequence);
    });
    for (const [i, { diff_max: diffMax, priorities, result }] of vector.rescale.entries()) {
      r.case(`rescale ${i}`, () => {
        const values = BigInt64Array.from(priorities.map(BigInt));
        rescalePriorities(values, BigInt(diffMax));
        assert.deepEqual(Array.from(values, String), result);
      });
    }
    for (const scenario of vector.scenarios) {
      let set = ValidatorSet.EMPTY;
      r.case(`${scenario.name}: construction`, () => {
        set = setFrom(scenario.initial_input);
        checkSet(set, scenario.after_construction, "construction");
      });
      for (const step of scenario.steps) {
        r.case(`${scenario.name}: step ${step.step}`, () => {
          set = applyStep(set, step);
        });
      }
    }
  },
};
