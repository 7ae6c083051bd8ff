import assert from "node:assert/strict";
import {
  ErrSignStateKey,
  PrivateValidator,
  type SignOutcome,
  type SignStateStorage,
  signedMessageOf,
} from "@wadi/comet-core";
import { ZERO_BLOCK_ID, type BlockId, type Proposal, type Vote, NO_ADDRESS } from "@wadi/comet-types";
import { MemorySigner, testSeed } from "@wadi/crypto";
import { fromHex, isError, must, toHex, type WadiError } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { blockIdFrom, realVerifier, timeOf, type BlockIdVector, type TimeVector } from "./shared.ts";

interface StepVector {
  readonly name: string;
  readonly kind: "vote" | "proposal";
  readonly block: "A" | "B" | "nil";
  readonly height: number;
  readonly round: number;
  readonly type?: number;
  readonly pol_round?: number;
  readonly timestamp: TimeVector;
  readonly error?: string;
  readonly signature?: string;
  readonly result_timestamp?: TimeVector;
  readonly state_file: unknown;
}

interface PrivvalVector {
  readonly block_A: BlockIdVector;
  readonly block_B: BlockIdVector;
  readonly chain_id: string;
  readonly initial_state_file: unknown;
  readonly public_key: string;
  readonly reload_with_other_key_error: string;
  readonly seed: string;
  readonly steps: readonly StepVector[];
}

class TextStorage implements SignStateStorage {
  text: string | undefined;

  read(): string | undefined {
    return this.text;
  }

  replace(text: string): void {
    this.text = text;
  }
}

const fileOf = (storage: TextStorage): unknown => JSON.parse(must(storage.text));

function request(vector: PrivvalVector, step: StepVector): Vote | Proposal {
  const ids: Readonly<Record<StepVector["block"], BlockId>> = {
    A: blockIdFrom(vector.block_A),
    B: blockIdFrom(vector.block_B),
    nil: ZERO_BLOCK_ID,
  };
  const { height, round } = step;
  const common = { height, round, blockId: ids[step.block], timestamp: timeOf(step.timestamp) };
  const signature = new Uint8Array(0);
  if (step.kind === "proposal") return { ...common, type: 32, polRound: must(step.pol_round), signature };
  return { ...common, type: must(step.type), validatorAddress: NO_ADDRESS, validatorIndex: 0, signature };
}

function runStep(vector: PrivvalVector, validator: PrivateValidator, step: StepVector): void {
  const message = request(vector, step);
  const outcome: SignOutcome<Vote | Proposal> =
    "polRound" in message
      ? validator.signProposal(vector.chain_id, message)
      : validator.signVote(vector.chain_id, message);
  validator.flush();
  if (step.error !== undefined) {
    assert.ok("refused" in outcome, "refused");
    assert.equal(`cometbft/crypto: ${outcome.refused.message}`, step.error);
    return;
  }
  assert.ok("signed" in outcome, "signed");
  const { signed } = outcome;
  assert.equal(toHex(signed.signature), step.signature);
  assert.equal(signed.timestamp, timeOf(must(step.result_timestamp)));
  const asked =
    "polRound" in signed ? { kind: "proposal" as const, proposal: signed } : { kind: "vote" as const, vote: signed };
  assert.ok(realVerifier().verify(signedMessageOf(vector.chain_id, validator.publicKey, asked)), "verifies");
}

export const suite: Suite = {
  file: "cometbft/privval",
  run(r) {
    const vector = must(loadVector<PrivvalVector>("cometbft/privval"));
    const signer = new MemorySigner(fromHex(vector.seed));
    const storage = new TextStorage();
    r.case("a fresh state file", () => {
      assert.equal(signer.publicKey, vector.public_key);
      const fresh = new PrivateValidator(signer, storage);
      assert.ok(fresh.isNew);
      fresh.flush();
      assert.deepEqual(fileOf(storage), vector.initial_state_file);
    });
    let validator = new PrivateValidator(signer, storage);
    for (const step of vector.steps) {
      r.case(step.name, () => {
        if (step.name.startsWith("after reload")) validator = new PrivateValidator(signer, storage);
        runStep(vector, validator, step);
        assert.deepEqual(fileOf(storage), step.state_file);
      });
    }
    r.case("reload with another key", () => {
      const other = new MemorySigner(testSeed("another key"));
      assert.throws(
        () => new PrivateValidator(other, storage),
        (e) => isError(e, ErrSignStateKey) && vector.reload_with_other_key_error.includes((e as WadiError).message),
      );
    });
  },
};
