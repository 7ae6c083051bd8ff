// Executing a block and the state after it (state/execution.go of the fork).
import {
  ED25519_KEY_TYPE,
  NO_HASH,
  publicKeyFromMessage,
  refusal,
  resultsHash,
  updatedConsensusParams,
  validateConsensusParams,
  validatorChange,
  within,
  type Block,
  type BlockId,
  type ConsensusParams,
  type EngineState,
  type Header,
  type HexHash,
  type ValidatorChange,
  type ValidatorUpdate,
} from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import type { Application, BlockResponse } from "../application.ts";
import { blockRequest } from "./block-request.ts";
import { ErrInvalidResponse, ErrInvalidUpdates } from "./errors.ts";

/** The application's updates as changes of a set. Throws ErrInvalidUpdates for powers below 0 or keys of a type not enabled. */
function validatorChanges(updates: readonly ValidatorUpdate[], params: ConsensusParams): ValidatorChange[] {
  const isEnabled = params.validator.pubKeyTypes.includes(ED25519_KEY_TYPE);
  return updates.map(({ pubKey, power }) => {
    if (power < 0n) throw refusal(ErrInvalidUpdates, `voting power can't be negative: ${power}`);
    if (power > 0n && !isEnabled) throw refusal(ErrInvalidUpdates, "public key type is not enabled");
    try {
      return validatorChange(publicKeyFromMessage(pubKey), power);
    } catch (cause) {
      if (!(cause instanceof WadiError)) throw cause;
      throw new WadiError(ErrInvalidUpdates, { context: cause.message, cause });
    }
  });
}

/**
 * The state after a block, still without the app hash, which the application's commit gives.
 * Validator changes count from the block after the next one, parameters from the next one. Throws
 * ErrInvalidUpdates, and ErrInvalid or ErrInvalidChangeSet of the types.
 */
export function nextState(
  state: EngineState,
  blockId: BlockId,
  header: Pick<Header, "height" | "time">,
  response: BlockResponse,
): EngineState {
  const { validatorUpdates, consensusParamUpdates } = response.endBlock;
  const changes = validatorChanges(validatorUpdates, state.consensusParams);
  const changed = within("error changing validator set: ", () => state.nextValidators.changed(changes));
  const params = updatedConsensusParams(state.consensusParams, consensusParamUpdates);
  const hasNewParams = consensusParamUpdates !== undefined;
  if (hasNewParams) within("error updating consensus params: ", () => validateConsensusParams(params));
  const { consensus, software } = state.version;
  return {
    version: { consensus: hasNewParams ? { ...consensus, app: params.version.app } : consensus, software },
    chainId: state.chainId,
    initialHeight: state.initialHeight,
    lastBlockHeight: header.height,
    lastBlockId: blockId,
    lastBlockTime: header.time,
    nextValidators: changed.rotated(1),
    validators: state.nextValidators,
    lastValidators: state.validators,
    lastHeightValidatorsChanged: changes.length > 0 ? header.height + 2 : state.lastHeightValidatorsChanged,
    consensusParams: params,
    lastHeightConsensusParamsChanged: hasNewParams ? header.height + 1 : state.lastHeightConsensusParamsChanged,
    lastResultsHash: resultsHash(response.deliverTxs),
    appHash: NO_HASH,
  };
}

/** Gives a state the app hash of the application's commit. */
export function withAppHash(state: EngineState, appHash: HexHash): EngineState {
  return { ...state, appHash };
}

export interface ExecutedBlock {
  readonly response: BlockResponse;
  /** Without app hash. */
  readonly state: EngineState;
}

/**
 * Executes a valid block; the application's commit is another step. Throws ErrInvalidResponse,
 * what `nextState` throws, and what the application throws.
 */
export function executeBlock(
  state: EngineState,
  blockId: BlockId,
  block: Block,
  application: Pick<Application, "finalizeBlock">,
): ExecutedBlock {
  const response = application.finalizeBlock(blockRequest(block, state.lastValidators, state.initialHeight));
  if (response.deliverTxs.length !== block.txs.length) {
    const counts = `${response.deliverTxs.length} results for ${block.txs.length} transactions`;
    throw new WadiError(ErrInvalidResponse, { context: counts });
  }
  return { response, state: nextState(state, blockId, block.header, response) };
}
