// What a chain of the engine starts from, and the state before its first block.
// Reference: CometBFT 0.37 state/state.go (MakeGenesisState), types/genesis.go.
import {
  BLOCK_PROTOCOL,
  NO_HASH,
  ValidatorSet,
  ZERO_BLOCK_ID,
  type ConsensusParams,
  type EngineState,
  type TimeNs,
  type ValidatorChange,
} from "@wadi/comet-types";

/** The software version that the fork states; it was not raised with the fork. */
const ENGINE_SOFTWARE_VERSION = "0.37.16";

/** The engine's own genesis document. */
export interface EngineGenesis {
  readonly chainId: string;
  /** The header time of the first block. */
  readonly genesisTime: TimeNs;
  /** At least 1. */
  readonly initialHeight: number;
  readonly consensusParams: ConsensusParams;
  /** Not empty; each with a power above 0. */
  readonly validators: readonly ValidatorChange[];
}

/**
 * The state before the first block and before InitChain, which then gives it the app hash. Throws
 * ErrInvalidChangeSet or ErrInvalidValidatorSet for validators that make no set.
 */
export function genesisState(genesis: EngineGenesis): EngineState {
  const { chainId, consensusParams, genesisTime, initialHeight } = genesis;
  const validators = ValidatorSet.create(genesis.validators);
  return {
    version: {
      consensus: { block: BLOCK_PROTOCOL, app: consensusParams.version.app },
      software: ENGINE_SOFTWARE_VERSION,
    },
    chainId,
    initialHeight,
    lastBlockHeight: 0,
    lastBlockId: ZERO_BLOCK_ID,
    lastBlockTime: genesisTime,
    validators,
    nextValidators: validators.size === 0 ? validators : validators.rotated(1),
    lastValidators: ValidatorSet.EMPTY,
    lastHeightValidatorsChanged: initialHeight,
    consensusParams,
    lastHeightConsensusParamsChanged: initialHeight,
    lastResultsHash: NO_HASH,
    appHash: NO_HASH,
  };
}
