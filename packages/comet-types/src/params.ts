// Consensus parameters (types/params.go of the fork).
import { hexHash, type HexHash } from "./brands.ts";
import { ErrInvalid, refusal } from "./errors.ts";
import { MAX_BLOCK_SIZE } from "./part-set.ts";
import { sha256 } from "./sha256.ts";
import {
  HashedParams,
  type BlockParams,
  type ConsensusParamsMessage,
  type EvidenceParams,
  type ValidatorParams,
  type VersionParams,
} from "./wire/params.ts";

/** Parameters with all their parts, as a state holds them. */
export interface ConsensusParams {
  readonly block: BlockParams;
  readonly evidence: EvidenceParams;
  readonly validator: ValidatorParams;
  readonly version: VersionParams;
}

/** Throws ErrInvalid where a part is missing. */
export function consensusParamsFromMessage(message: ConsensusParamsMessage): ConsensusParams {
  const { block, evidence, validator, version } = message;
  if (block === undefined || evidence === undefined || validator === undefined || version === undefined) {
    throw refusal(ErrInvalid, "consensus parameters are incomplete");
  }
  return { block, evidence, validator, version };
}

/** The only key type of Oasis networks. */
export const ED25519_KEY_TYPE = "ed25519";
const knownKeyTypes: readonly string[] = [ED25519_KEY_TYPE, "secp256k1"];

/** The header's consensus_hash, which covers maximum block bytes and gas only. */
export function consensusParamsHash(params: { readonly block: BlockParams }): HexHash {
  const { maxBytes, maxGas } = params.block;
  return hexHash(sha256(HashedParams.encode({ blockMaxBytes: maxBytes, blockMaxGas: maxGas })));
}

/** Throws ErrInvalid. */
export function validateConsensusParams({ block, evidence, validator }: ConsensusParams): void {
  const refuse = (text: string): never => {
    throw refusal(ErrInvalid, text);
  };
  if (block.maxBytes <= 0) refuse(`block.MaxBytes must be greater than 0. Got ${block.maxBytes}`);
  if (block.maxBytes > MAX_BLOCK_SIZE) refuse(`block.MaxBytes is too big. ${block.maxBytes} > ${MAX_BLOCK_SIZE}`);
  if (block.maxGas < -1n) refuse(`block.MaxGas must be greater or equal to -1. Got ${block.maxGas}`);
  const { maxAgeNumBlocks, maxAgeDuration, maxBytes } = evidence;
  if (maxAgeNumBlocks <= 0) refuse(`evidence.MaxAgeNumBlocks must be greater than 0. Got ${maxAgeNumBlocks}`);
  if (maxAgeDuration <= 0n) refuse("evidence.MaxAgeDuration must be greater than 0");
  if (maxBytes > block.maxBytes) {
    refuse(`evidence.MaxBytesEvidence is greater than upper bound, ${maxBytes} > ${block.maxBytes}`);
  }
  if (maxBytes < 0) refuse(`evidence.MaxBytes must be non negative. Got: ${maxBytes}`);
  if (validator.pubKeyTypes.length === 0) refuse("len(Validator.PubKeyTypes) must be greater than 0");
  for (const [i, type] of validator.pubKeyTypes.entries()) {
    if (!knownKeyTypes.includes(type)) refuse(`params.Validator.PubKeyTypes[${i}], ${type}, is an unknown pubkey type`);
  }
}

/** Parameters after a block: parts that the update names replace those of the same name. */
export function updatedConsensusParams(
  params: ConsensusParams,
  update: Partial<ConsensusParamsMessage> | undefined,
): ConsensusParams {
  return {
    block: update?.block ?? params.block,
    evidence: update?.evidence ?? params.evidence,
    validator: update?.validator ?? params.validator,
    version: update?.version ?? params.version,
  };
}
