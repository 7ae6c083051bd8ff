import assert from "node:assert/strict";
import { test } from "node:test";
import { WadiError } from "@wadi/util";
import { targets } from "./codec.ts";
import { mutate, Prng } from "./mutate.ts";

const INPUTS = 800;
const SEED = 20;

for (const target of targets) {
  test(`${target.name}: mutated input is accepted or refused, nothing else (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    const corpus = target.seeds();
    let accepted = 0;
    for (let i = 0; i < INPUTS; i++) {
      const input = mutate(prng, corpus[i % corpus.length] ?? new Uint8Array(0), corpus);
      try {
        target.run(input);
        accepted++;
      } catch (e) {
        assert.ok(e instanceof WadiError, `${Buffer.from(input).toString("hex")}: ${String(e)}`);
      }
    }
    assert.ok(accepted > 0 && accepted < INPUTS, `${accepted} of ${INPUTS} accepted: the test reaches both sides`);
  });
}
