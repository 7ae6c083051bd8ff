// The engine's genesis document out of the network's: chain id, limits, validators.
// Reference: go/consensus/cometbft/api/genesis.go (GetCometBFTGenesisDocument). That descriptors of
// nodes verify is for InitChain, which checks the whole document.
import { schedulerApp } from "@wadi/apps";
import type { EngineGenesis } from "@wadi/comet-core";
import {
  ED25519_KEY_TYPE,
  NANOS_PER_SECOND,
  chainIdOfContext,
  validateConsensusParams,
  validatorChange,
  type ConsensusParams,
  type EvidenceParams,
  type TimeNs,
  type ValidatorChange,
} from "@wadi/comet-types";
import type { ChainContext } from "@wadi/crypto";
import { COMETBFT_APP_VERSION, genesis, type beacon } from "@wadi/types";
import { WadiError, toBase64, fromHex } from "@wadi/util";

import { ErrGenesis } from "./errors.ts";

const MAX_INT64 = (1n << 63n) - 1n;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** The engine's form of "no limit", which the document writes as 0. */
const NO_GAS_LIMIT = -1n;
/** What debug networks that leave the lengths out get: epochs, and blocks of an epoch. */
const DEBUG_DEBONDING_INTERVAL = 1n;
const DEBUG_EPOCH_INTERVAL = 100n;

export interface GenesisOptions {
  /** `debug.dont_blame_oasis`: a network may have no debonding, and epochs that tests set. */
  readonly dontBlameOasis?: boolean;
  /** The chain context, where it is not to be computed from the document. */
  readonly chainContext?: ChainContext;
}

/** A validator as the engine's genesis document names it. */
export interface NamedValidator extends ValidatorChange {
  readonly name: string;
}

/** The engine's genesis document with what only people read. */
export interface NetworkEngineGenesis extends EngineGenesis {
  readonly validators: readonly NamedValidator[];
}

/** Throws ErrGenesis, or ErrInvalid of the engine for limits that it refuses. */
export function engineGenesis(document: genesis.Document, options: GenesisOptions = {}): NetworkEngineGenesis {
  const { genesisTime, height } = document;
  if (height < 1n || height > MAX_SAFE) refuse(`initial height ${height} is out of range`);
  if (genesisTime === null) return refuse("genesis_time is not set");
  const consensusParams = engineParams(document, options.dontBlameOasis === true);
  validateConsensusParams(consensusParams);
  const validators = namedValidators(document);
  if (validators.length === 0) refuse("there is no validator");
  return {
    chainId: chainIdOfContext(options.chainContext ?? genesis.genesisChainContext(document)),
    genesisTime: timeNs(genesisTime),
    initialHeight: Number(height),
    consensusParams,
    validators,
  };
}

/** Nanoseconds of a time in seconds and nanoseconds. */
function timeNs({ seconds, nanos }: { readonly seconds: bigint; readonly nanos: number }): TimeNs {
  return seconds * NANOS_PER_SECOND + BigInt(nanos);
}

function engineParams(document: genesis.Document, debug: boolean): ConsensusParams {
  const { maxBlockGas, maxBlockSize } = document.consensus.params;
  return {
    block: {
      maxBytes: wholeNumber(maxBlockSize, "max_block_size"),
      maxGas: maxBlockGas === 0n ? NO_GAS_LIMIT : int64(maxBlockGas, "max_block_gas"),
    },
    evidence: evidenceParams(document, debug),
    validator: { pubKeyTypes: [ED25519_KEY_TYPE] },
    version: { app: COMETBFT_APP_VERSION },
  };
}

/** Evidence counts for as long as stake is debonding: later there is nothing to slash. */
function evidenceParams({ beacon, consensus, staking }: genesis.Document, debug: boolean): EvidenceParams {
  const { maxEvidenceSize, timeoutCommit } = consensus.params;
  const { debondingInterval } = staking.params;
  const epochs = debondingInterval === 0n && debug ? DEBUG_DEBONDING_INTERVAL : debondingInterval;
  const blocks = epochs * epochInterval(beacon.params, debug);
  return {
    maxAgeNumBlocks: wholeNumber(blocks, "the debonding interval in blocks"),
    maxAgeDuration: int64(blocks * (timeoutCommit + NANOS_PER_SECOND), "the debonding interval in nanoseconds"),
    maxBytes: wholeNumber(maxEvidenceSize, "max_evidence_size"),
  };
}

/** Length of an epoch in blocks. */
function epochInterval(params: beacon.ConsensusParameters, debug: boolean): bigint {
  const interval = backendInterval(params);
  if (interval !== 0n) return interval;
  if (!debug || !params.debugMockBackend) refuse("the beacon has no epoch interval");
  return DEBUG_EPOCH_INTERVAL;
}

function backendInterval({ backend, insecureParameters, vrfParameters }: beacon.ConsensusParameters): bigint {
  switch (backend) {
    case "insecure":
      return insecureParameters?.interval ?? 0n;
    case "vrf":
      return vrfParameters?.interval ?? 0n;
    default:
      return refuse(`unknown beacon backend "${backend}"`);
  }
}

function namedValidators(document: genesis.Document): NamedValidator[] {
  return schedulerApp.genesisValidators(document).map(({ id, publicKey, power }) => ({
    ...validatorChange(publicKey, int64(power, "voting power")),
    name: `oasis-validator-${toBase64(fromHex(id))}`,
  }));
}

function int64(value: bigint, what: string): bigint {
  if (value > MAX_INT64) refuse(`${what} of ${value} is out of range`);
  return value;
}

function wholeNumber(value: bigint, what: string): number {
  if (value > MAX_SAFE || value < -MAX_SAFE) refuse(`${what} of ${value} is out of range`);
  return Number(value);
}

function refuse(context: string): never {
  throw new WadiError(ErrGenesis, { context });
}
