// The engine's state between blocks as it is stored and sent (state/state.go of the fork).
import { validateBlockId } from "./block-id.ts";
import type { HexHash } from "./brands.ts";
import { ErrInvalidValidatorSet, refusal } from "./errors.ts";
import type { TimeNs } from "./go-time.ts";
import { consensusParamsFromMessage, type ConsensusParams } from "./params.ts";
import { ValidatorSet } from "./validator-set.ts";
import type { BlockId, ConsensusVersion } from "./wire/basics.ts";
import { StateMessage } from "./wire/state.ts";
import type { ValidatorSetMessage } from "./wire/validators.ts";

/** The state after block `lastBlockHeight` (0 before the first one). */
export interface EngineState {
  readonly version: { readonly consensus: ConsensusVersion; readonly software: string };
  readonly chainId: string;
  readonly initialHeight: number;
  readonly lastBlockHeight: number;
  readonly lastBlockId: BlockId;
  readonly lastBlockTime: TimeNs;
  /** Signs the block after the next one. */
  readonly nextValidators: ValidatorSet;
  /** Signs the next block. */
  readonly validators: ValidatorSet;
  /** Signed the last block; empty before the first one. */
  readonly lastValidators: ValidatorSet;
  readonly lastHeightValidatorsChanged: number;
  readonly consensusParams: ConsensusParams;
  readonly lastHeightConsensusParamsChanged: number;
  /** Of the last block, for the next header. */
  readonly lastResultsHash: HexHash;
  /** After the last block. */
  readonly appHash: HexHash;
}

function setOf(message: ValidatorSetMessage | undefined): ValidatorSet {
  if (message === undefined) throw refusal(ErrInvalidValidatorSet, "nil validator set");
  return ValidatorSet.fromMessage(message);
}

/** Throws ErrInvalid, ErrInvalidKey, ErrInvalidValidatorSet. */
export function stateFromMessage(message: StateMessage): EngineState {
  validateBlockId(message.lastBlockId);
  return {
    ...message,
    validators: setOf(message.validators),
    nextValidators: setOf(message.nextValidators),
    lastValidators: message.lastBlockHeight >= 1 ? setOf(message.lastValidators) : ValidatorSet.EMPTY,
    consensusParams: consensusParamsFromMessage(message.consensusParams),
  };
}

/** The last validators are left out before the first block. */
export function stateToMessage(state: EngineState): StateMessage {
  return {
    ...state,
    validators: state.validators.toMessage(),
    nextValidators: state.nextValidators.toMessage(),
    lastValidators: state.lastBlockHeight >= 1 ? state.lastValidators.toMessage() : undefined,
  };
}

/** The engine's state from its store; throws what `stateFromMessage` throws and errors of `codec/protobuf`. */
export function decodeState(bytes: Uint8Array): EngineState {
  return stateFromMessage(StateMessage.decode(bytes));
}

/** The bytes under which the engine's store keeps the state. */
export function encodeState(state: EngineState): Uint8Array {
  return StateMessage.encode(stateToMessage(state));
}
