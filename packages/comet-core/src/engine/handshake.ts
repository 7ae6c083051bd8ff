// Brings application, block store and state store to the same height before the engine starts.
// Whatever write a crash came after, one of the cases below applies.
// Reference: consensus/replay.go of the fork (Handshaker).
import {
  publicKeyFromMessage,
  resultsHash,
  updatedConsensusParams,
  validatorChange,
  ValidatorSet,
  type EngineState,
  type HexHash,
} from "@wadi/comet-types";
import { must, WadiError, type ErrorKind } from "@wadi/util";
import type { Application } from "../application.ts";
import { blockRequest } from "../execution/block-request.ts";
import { nextHeight } from "../execution/create-block.ts";
import { genesisState, type EngineGenesis } from "../genesis-state.ts";
import type { BlockStore } from "../stores/block-store.ts";
import { ErrOtherChain, ErrStoreDamaged } from "../stores/errors.ts";
import type { StateStore } from "../stores/state-store.ts";
import type { BlockExecutor } from "./block-executor.ts";
import {
  ErrAppHashMismatch,
  ErrAppHeightTooHigh,
  ErrAppHeightTooLow,
  ErrNoValidators,
  ErrStoreHeights,
} from "./errors.ts";

interface Stores {
  readonly blocks: BlockStore;
  readonly states: StateStore;
}

/**
 * The state to start from: the stored one, or that of genesis. A last block that is damaged and
 * not yet applied is taken back; the network decides it again. Throws ErrOtherChain, ErrStoreDamaged.
 */
export function openState({ blocks, states }: Stores, genesis: EngineGenesis): EngineState {
  const state = states.load() ?? genesisState(genesis);
  if (state.chainId !== genesis.chainId || state.initialHeight !== genesis.initialHeight) {
    const context = `${state.chainId} from height ${state.initialHeight}, genesis says ${genesis.chainId}`;
    throw new WadiError(ErrOtherChain, { context, data: { chainId: state.chainId } });
  }
  const { lastBlockHeight: height } = state;
  if (!blocks.isTipWhole()) {
    if (blocks.height <= height) {
      const data = { what: "block", height: blocks.height };
      throw new WadiError(ErrStoreDamaged, { context: `block of height ${blocks.height}`, data });
    }
    blocks.removeTip();
  }
  const meta = height > 0 ? blocks.loadMeta(height) : undefined;
  if (meta !== undefined && meta.blockId.hash !== state.lastBlockId.hash) {
    const data = { what: "block", height };
    throw new WadiError(ErrStoreDamaged, { context: `block and state of height ${height} differ`, data });
  }
  return state;
}

export interface HandshakeParts extends Stores {
  readonly application: Application;
  readonly genesis: EngineGenesis;
  readonly executor: BlockExecutor;
}

/** One step of the replay. */
export interface ReplayProgress {
  /** The application has this height now. */
  readonly height: number;
  readonly target: number;
}

/**
 * The repairs one block at a time, so that a caller may breathe between them; the return value is
 * the state from which the engine goes on. `state` is that of `openState`. Throws the errors of
 * this folder, and what the application throws.
 */
export function* handshakeSteps(parts: HandshakeParts, state: EngineState): Generator<ReplayProgress, EngineState> {
  const { application, blocks } = parts;
  const info = application.info();
  const appHeight = info.lastHeight;
  let current = state.lastBlockHeight === 0 ? withAppVersion(state, info.appVersion) : state;
  let appHash = info.lastAppHash;
  if (appHeight === 0) {
    const initialized = initChain(parts, current);
    appHash = initialized.appHash;
    current = initialized.state;
  }
  const storeHeight = blocks.height;
  const stateHeight = current.lastBlockHeight;
  if (storeHeight === 0) {
    checkAppHash(appHash, current.appHash, stateHeight);
    return current;
  }
  checkHeights(parts, current, appHeight);

  if (storeHeight === nextHeight(current) && appHeight === storeHeight) {
    return parts.executor.applyCommitted(current, storeHeight, appHash);
  }
  // The application first gets what the state already has, then both get the last block.
  const first = appHeight === 0 ? current.initialHeight : appHeight + 1;
  for (let height = first; height <= stateHeight; height++) {
    appHash = replayOnApplication(parts, current.initialHeight, height, appHash);
    yield { height, target: storeHeight };
  }
  checkAppHash(appHash, current.appHash, stateHeight);
  if (storeHeight === stateHeight) return current;
  const applied = parts.executor.applyStored(current, storeHeight);
  yield { height: storeHeight, target: storeHeight };
  return applied.state;
}

/** The whole handshake at once. */
export function handshake(parts: HandshakeParts, state: EngineState): EngineState {
  const steps = handshakeSteps(parts, state);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function withAppVersion(state: EngineState, app: bigint): EngineState {
  const { consensus, software } = state.version;
  return { ...state, version: { consensus: { ...consensus, app }, software } };
}

function initChain(parts: HandshakeParts, state: EngineState): { appHash: HexHash; state: EngineState } {
  const { application, genesis, states } = parts;
  const response = application.initChain({
    time: genesis.genesisTime,
    chainId: genesis.chainId,
    consensusParams: genesis.consensusParams,
    validators: genesis.validators,
    initialHeight: genesis.initialHeight,
  });
  // Later the genesis state is made again only because the application lost it.
  if (state.lastBlockHeight > 0) return { appHash: response.appHash, state };

  let { validators, nextValidators } = state;
  if (response.validators.length > 0) {
    const changes = response.validators.map(({ pubKey, power }) =>
      validatorChange(publicKeyFromMessage(pubKey), power),
    );
    validators = ValidatorSet.create(changes);
    nextValidators = validators.rotated(1);
  }
  if (validators.size === 0) throw new WadiError(ErrNoValidators);
  const consensusParams = updatedConsensusParams(state.consensusParams, response.consensusParams);
  const versioned = response.consensusParams ? withAppVersion(state, consensusParams.version.app) : state;
  const initialized: EngineState = {
    ...versioned,
    validators,
    nextValidators,
    consensusParams,
    appHash: response.appHash,
    lastResultsHash: resultsHash([]),
  };
  states.save(initialized);
  return { appHash: response.appHash, state: initialized };
}

/** Throws for heights that no crash leaves behind. */
function checkHeights({ blocks }: HandshakeParts, state: EngineState, appHeight: number): void {
  const { base, height: storeHeight } = blocks;
  const { lastBlockHeight: stateHeight, initialHeight } = state;
  const next = nextHeight(state);
  const fail = (kind: ErrorKind): never => {
    const context = `application ${appHeight}, blocks ${base} to ${storeHeight}, state ${stateHeight}`;
    throw new WadiError(kind, { context, data: { appHeight, base, storeHeight, stateHeight } });
  };
  if (appHeight === 0 ? initialHeight < base : appHeight < base - 1) fail(ErrAppHeightTooLow);
  if (appHeight > storeHeight) fail(ErrAppHeightTooHigh);
  if (storeHeight < stateHeight || storeHeight > next) fail(ErrStoreHeights);
  if (storeHeight === stateHeight || appHeight <= stateHeight || appHeight === storeHeight) return;
  fail(ErrStoreHeights);
}

function checkAppHash(got: HexHash, expected: HexHash, height: number): void {
  if (got === expected) return;
  const context = `after height ${height}: ${got.toUpperCase()}, expected ${expected.toUpperCase()}`;
  throw new WadiError(ErrAppHashMismatch, { context, data: { height } });
}

/** Executes a stored block that the state has already; the state's own checks were done then. */
function replayOnApplication(parts: HandshakeParts, initialHeight: number, height: number, appHash: HexHash): HexHash {
  const { application, blocks, states } = parts;
  const block = must(blocks.loadBlock(height), `block ${height} is not stored`);
  checkAppHash(appHash, block.header.appHash, height - 1);
  const lastValidators = height === initialHeight ? ValidatorSet.EMPTY : states.loadValidators(height - 1);
  application.finalizeBlock(blockRequest(block, lastValidators, initialHeight));
  return application.commit().appHash;
}
