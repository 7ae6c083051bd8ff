// Whether a block follows from the state (state/validation.go of the fork), in its order. What the
// evidence in it proves is for the evidence pool to judge, after this.
import {
  consensusParamsHash,
  encodeEvidenceList,
  medianTime,
  refusal,
  sameBlockId,
  timeText,
  validateBlock,
  verifyCommit,
  within,
  type Block,
  type EngineState,
  type EngineVerifier,
} from "@wadi/comet-types";
import { must } from "@wadi/util";
import { nextHeight } from "./create-block.ts";
import { ErrEvidenceOverflow, ErrInvalidBlock } from "./errors.ts";

function refuse(rule: string, expected: string | number, got: string | number): never {
  throw refusal(ErrInvalidBlock, `wrong Block.Header.${rule}. Expected ${expected}, got ${got}`, { rule });
}

function checkSame(rule: string, expected: string | number, got: string | number): void {
  if (expected !== got) refuse(rule, expected, got);
}

function checkHeader({ header }: Block, state: EngineState): void {
  const { app, block } = state.version.consensus;
  if (header.version.app !== app || header.version.block !== block) {
    refuse("Version", `${block}/${app}`, `${header.version.block}/${header.version.app}`);
  }
  checkSame("ChainID", state.chainId, header.chainId);
  checkSame("Height", nextHeight(state), header.height);
  if (!sameBlockId(header.lastBlockId, state.lastBlockId)) {
    refuse("LastBlockID", state.lastBlockId.hash, header.lastBlockId.hash);
  }
  checkSame("AppHash", state.appHash, header.appHash);
  checkSame("ConsensusHash", consensusParamsHash(state.consensusParams), header.consensusHash);
  checkSame("LastResultsHash", state.lastResultsHash, header.lastResultsHash);
  checkSame("ValidatorsHash", state.validators.hash, header.validatorsHash);
  checkSame("NextValidatorsHash", state.nextValidators.hash, header.nextValidatorsHash);
}

function checkLastCommit(block: Block, state: EngineState, verifier: EngineVerifier): void {
  const { height } = block.header;
  const lastCommit = must(block.lastCommit);
  if (height !== state.initialHeight) {
    const { chainId, lastBlockId: blockId } = state;
    verifyCommit(state.lastValidators, lastCommit, { chainId, blockId, height: height - 1 }, verifier);
  } else if (lastCommit.signatures.length !== 0) {
    const data = { rule: "LastCommit" };
    throw refusal(ErrInvalidBlock, "initial block can't have LastCommit signatures", data);
  }
}

function checkTime({ header, lastCommit }: Block, state: EngineState): void {
  const { height, time } = header;
  const data = { rule: "Time" };
  if (height === state.initialHeight) {
    if (time === state.lastBlockTime) return;
    const texts = `block time ${timeText(time)} is not equal to genesis time ${timeText(state.lastBlockTime)}`;
    throw refusal(ErrInvalidBlock, texts, data);
  }
  if (time <= state.lastBlockTime) {
    const texts = `block time ${timeText(time)} not greater than last block time ${timeText(state.lastBlockTime)}`;
    throw refusal(ErrInvalidBlock, texts, data);
  }
  const median = medianTime(must(lastCommit), state.lastValidators);
  if (time === median) return;
  throw refusal(ErrInvalidBlock, `invalid block time. Expected ${timeText(median)}, got ${timeText(time)}`, data);
}

/**
 * Refuses a block that is not the next one: ErrInvalidBlock, ErrEvidenceOverflow, the basic
 * refusals of blocks, and those of commit verification.
 */
export function validateNextBlock(state: EngineState, block: Block, verifier: EngineVerifier): void {
  validateBlock(block);
  checkHeader(block, state);
  within("invalid last commit: ", () => checkLastCommit(block, state, verifier));
  const { proposerAddress } = block.header;
  if (!state.validators.has(proposerAddress)) {
    const text = `block.Header.ProposerAddress ${proposerAddress.toUpperCase()} is not a validator`;
    throw refusal(ErrInvalidBlock, text, { rule: "ProposerAddress" });
  }
  checkTime(block, state);
  const max = state.consensusParams.evidence.maxBytes;
  const got = block.evidence.length === 0 ? 0 : encodeEvidenceList(block.evidence).length;
  if (got > max) throw refusal(ErrEvidenceOverflow, `evidence of ${got} bytes, at most ${max}`, { max, got });
}
