import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError } from "@wadi/util";
import { validateBlockMeta } from "./block.ts";
import { ErrInvalid, ErrInvalidValidatorSet } from "./errors.ts";
import { headerHash } from "./header.ts";
import { decodeState, encodeState, stateFromMessage, stateToMessage, type EngineState } from "./stored-state.ts";
import { CHAIN_ID, HASH_A, START_TIME, blockIdWith, headerAt, signersWith } from "./testing/fixtures.ts";
import { ValidatorSet } from "./validator-set.ts";

const { set } = signersWith([3n, 2n, 1n]);
const state: EngineState = {
  version: { consensus: { block: 11n, app: 7n << 32n }, software: "0.37.16" },
  chainId: CHAIN_ID,
  initialHeight: 1,
  lastBlockHeight: 4,
  lastBlockId: blockIdWith(HASH_A),
  lastBlockTime: START_TIME,
  nextValidators: set.rotated(2),
  validators: set.rotated(1),
  lastValidators: set,
  lastHeightValidatorsChanged: 1,
  consensusParams: {
    block: { maxBytes: 1000, maxGas: -1n },
    evidence: { maxAgeNumBlocks: 5, maxAgeDuration: 7n, maxBytes: 100 },
    validator: { pubKeyTypes: ["ed25519"] },
    version: { app: 7n << 32n },
  },
  lastHeightConsensusParamsChanged: 1,
  lastResultsHash: HASH_A,
  appHash: HASH_A,
};

describe("stored state", () => {
  it("goes through its form", () => {
    const read = decodeState(encodeState(state));
    assert.deepEqual(encodeState(read), encodeState(state));
    assert.deepEqual([...read.nextValidators], [...state.nextValidators]);
    assert.deepEqual([...read.validators], [...state.validators]);
    assert.deepEqual([...read.lastValidators], [...state.lastValidators]);
    assert.deepEqual(read.consensusParams, state.consensusParams);
    assert.equal(read.validators.proposer()?.address, state.validators.proposer()?.address);
  });

  it("has no last validators before the first block", () => {
    const first = { ...state, lastBlockHeight: 0, lastValidators: ValidatorSet.EMPTY };
    assert.equal(stateToMessage(first).lastValidators, undefined);
    assert.equal(decodeState(encodeState(first)).lastValidators.size, 0);
  });

  it("is refused without a set or with half of its parameters", () => {
    const message = stateToMessage(state);
    for (const name of ["validators", "nextValidators", "lastValidators"] as const) {
      const lacking = { ...message, [name]: undefined };
      assert.throws(
        () => stateFromMessage(lacking),
        (e) => isError(e, ErrInvalidValidatorSet),
        name,
      );
    }
    const consensusParams = { ...message.consensusParams, evidence: undefined };
    assert.throws(
      () => stateFromMessage({ ...message, consensusParams }),
      (e) => isError(e, ErrInvalid),
    );
  });
});

describe("block metas", () => {
  it("has the hash of its header", () => {
    const header = headerAt(3, { set, keys: [] });
    const meta = { blockId: blockIdWith(headerHash(header)), blockSize: 1, header, numTxs: 0 };
    validateBlockMeta(meta);
    assert.throws(
      () => validateBlockMeta({ ...meta, blockId: blockIdWith(HASH_A) }),
      (e) => isError(e, ErrInvalid),
    );
  });
});
