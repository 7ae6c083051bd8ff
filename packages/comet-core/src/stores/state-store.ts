// The engine's state between blocks, and the validator sets and parameters of every height.
// Reference: state/store.go of the fork. Which heights hold a full set decides the priorities that
// a set loaded later has, and light clients compare these: the rule is the reference's.
import {
  ConsensusParamsInfo,
  consensusParamsFromMessage,
  ConsensusParamsMessage,
  decodeState,
  encodeState,
  ValidatorSet,
  ValidatorsInfo,
  type ConsensusParams,
  type EngineState,
} from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { nextHeight } from "../execution/create-block.ts";
import { loadAt } from "./block-store.ts";
import type { DatabaseBatch, EngineDatabase } from "./database.ts";
import { ErrNotStored, ErrStoreDamaged } from "./errors.ts";
import { heightKey, heightRange, KeyKind, singleKey } from "./store-keys.ts";

/** A full set is stored at every such height, changed or not. */
const VALIDATOR_SET_CHECKPOINT_INTERVAL = 100_000;

const NO_PARAMS = ConsensusParamsMessage.create();
/** Heights that one transaction of pruning takes at most. */
const PRUNE_SLICE = 1024;

type Puts = Pick<DatabaseBatch, "put">;

function putValidators(batch: Puts, height: number, lastHeightChanged: number, set: ValidatorSet): void {
  const isFull = height === lastHeightChanged || height % VALIDATOR_SET_CHECKPOINT_INTERVAL === 0;
  const info = ValidatorsInfo.encode({ validatorSet: isFull ? set.toMessage() : undefined, lastHeightChanged });
  batch.put(heightKey(KeyKind.validators, height), info);
}

function putParams(batch: Puts, height: number, lastHeightChanged: number, params: ConsensusParams): void {
  const consensusParams = height === lastHeightChanged ? params : NO_PARAMS;
  batch.put(heightKey(KeyKind.params, height), ConsensusParamsInfo.encode({ consensusParams, lastHeightChanged }));
}

/** Where the full set is that the set of a height follows from. */
function fullSetHeight(height: number, lastHeightChanged: number): number {
  const checkpoint = height - (height % VALIDATOR_SET_CHECKPOINT_INTERVAL);
  return Math.max(checkpoint, lastHeightChanged);
}

const hasParams = ({ consensusParams }: ConsensusParamsInfo): boolean => consensusParams.block !== undefined;

export class StateStore {
  readonly #database: EngineDatabase;

  constructor(database: EngineDatabase) {
    this.#database = database;
  }

  /** The last saved state; undefined in a new database. Throws ErrStoreDamaged. */
  load(): EngineState | undefined {
    const bytes = this.#database.get(singleKey(KeyKind.state));
    if (bytes === undefined) return undefined;
    try {
      return decodeState(bytes);
    } catch (cause) {
      throw new WadiError(ErrStoreDamaged, { context: "state", cause, data: { what: "state" } });
    }
  }

  /**
   * Stores the state with the set of the height after the next one and the parameters of the next.
   * Durable together with the next block at the latest: with that block stored, the handshake
   * makes a state that is missing again from the block and its results.
   */
  save(state: EngineState): void {
    const height = nextHeight(state);
    const body = (batch: Puts): void => {
      if (state.lastBlockHeight === 0) putValidators(batch, height, height, state.validators);
      putValidators(batch, height + 1, state.lastHeightValidatorsChanged, state.nextValidators);
      putParams(batch, height, state.lastHeightConsensusParamsChanged, state.consensusParams);
      batch.put(singleKey(KeyKind.state), encodeState(state));
    };
    if (this.#database.stage === undefined) this.#database.write(body);
    else this.#database.stage(body);
  }

  /**
   * Stores a state that was not reached block by block, with all that it knows of its neighbours.
   * Returns the state to go on from, which finds sets and parameters where they are stored now.
   */
  bootstrap(from: EngineState): EngineState {
    const height = nextHeight(from);
    const state: EngineState = {
      ...from,
      lastHeightValidatorsChanged: height + 1,
      lastHeightConsensusParamsChanged: height,
    };
    this.#database.write((batch) => {
      if (height > 1 && state.lastValidators.size > 0) {
        putValidators(batch, height - 1, height - 1, state.lastValidators);
      }
      putValidators(batch, height, height, state.validators);
      putValidators(batch, height + 1, height + 1, state.nextValidators);
      putParams(batch, height, height, state.consensusParams);
      batch.put(singleKey(KeyKind.state), encodeState(state));
    });
    return state;
  }

  #info(height: number): ValidatorsInfo {
    const info = loadAt(this.#database, KeyKind.validators, height, ValidatorsInfo);
    if (info !== undefined) return info;
    throw new WadiError(ErrNotStored, { context: `validators of height ${height}`, data: { height } });
  }

  /** The set that signs a height. Throws ErrNotStored, ErrStoreDamaged. */
  loadValidators(height: number): ValidatorSet {
    const info = this.#info(height);
    if (info.validatorSet !== undefined) return ValidatorSet.fromMessage(info.validatorSet);
    const fullHeight = fullSetHeight(height, info.lastHeightChanged);
    const { validatorSet } = this.#info(fullHeight);
    if (validatorSet === undefined || fullHeight >= height) {
      const data = { what: "validators", height: fullHeight };
      throw new WadiError(ErrStoreDamaged, { context: `no full set at height ${fullHeight}`, data });
    }
    return ValidatorSet.fromMessage(validatorSet).rotated(height - fullHeight);
  }

  #paramsInfo(height: number): ConsensusParamsInfo {
    const info = loadAt(this.#database, KeyKind.params, height, ConsensusParamsInfo);
    if (info !== undefined) return info;
    throw new WadiError(ErrNotStored, { context: `parameters of height ${height}`, data: { height } });
  }

  /** The parameters of a height. Throws ErrNotStored, ErrStoreDamaged. */
  loadParams(height: number): ConsensusParams {
    const info = this.#paramsInfo(height);
    const full = hasParams(info) ? info : this.#paramsInfo(info.lastHeightChanged);
    return consensusParamsFromMessage(full.consensusParams);
  }

  /**
   * Removes sets and parameters below height `to`, but for those that `to` is found through, which
   * become complete. `from` is where the last pruning ended. Throws ErrNotStored if `to` is not stored.
   */
  prune(from: number, to: number): void {
    const validators = this.#info(to);
    const params = this.#paramsInfo(to);
    const sets = new Map<number, ValidatorSet>();
    if (validators.validatorSet === undefined) {
      const { lastHeightChanged } = validators;
      for (const height of [lastHeightChanged, fullSetHeight(to, lastHeightChanged)]) {
        sets.set(height, this.loadValidators(height));
      }
    }
    const paramsHeight = params.lastHeightChanged;
    const kept = hasParams(params) ? undefined : this.loadParams(paramsHeight);
    // What an earlier pruning had to keep goes with the first slice.
    for (let start = 0, end = from; end < to; start = end) {
      end = Math.min(end + PRUNE_SLICE, to);
      const isIn = (height: number): boolean => height >= start && height < end;
      this.#database.write((batch) => {
        for (const kind of [KeyKind.validators, KeyKind.params]) {
          for (const key of Array.from(batch.keys(heightRange(kind, start, end)))) batch.delete(key);
        }
        for (const [height, set] of sets) if (isIn(height)) putValidators(batch, height, height, set);
        if (kept !== undefined && isIn(paramsHeight)) putParams(batch, paramsHeight, paramsHeight, kept);
      });
    }
  }
}
