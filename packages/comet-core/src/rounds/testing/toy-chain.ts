// A chain for tests: validators with cheap signatures, and an application that only counts blocks.
import {
  SignedMsgType,
  ValidatorSet,
  addressOfKey,
  hexHash,
  proposalSignBytes,
  resultsHash,
  voteSignBytes,
  type Block,
  type BlockId,
  type ConsensusParams,
  type EngineState,
  type EngineVerifier,
  type Proposal,
  type Vote,
} from "@wadi/comet-types";
import { publicKeyFromBytes, type PublicKey } from "@wadi/crypto";
import { utf8 } from "@wadi/util";
import { createHash } from "node:crypto";
import { nextState, withAppHash } from "../../execution/next-state.ts";
import { genesisState } from "../../genesis-state.ts";

export const CHAIN_ID = "toy-chain";
/** 2026-01-01T00:00:00Z. */
export const GENESIS_TIME = 1_767_225_600_000_000_000n;

const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Deterministic keys that are no keys at all: their signatures are hashes that anybody could make. */
export const keyNumber = (index: number): PublicKey => publicKeyFromBytes(sha256(`toy key ${index}`));

function toySignature(key: PublicKey, message: Uint8Array): Uint8Array {
  const half = sha256(key, message);
  const signature = new Uint8Array(64);
  signature.set(half);
  signature.set(half, 32);
  return signature;
}

/** Accepts `toySignature`, and counts how often it was asked. */
export class ToyVerifier implements EngineVerifier {
  calls = 0;

  verify({ publicKey, message, signature }: Parameters<EngineVerifier["verify"]>[0]): boolean {
    this.calls++;
    return Buffer.compare(toySignature(publicKey, message), signature) === 0;
  }

  verifyBatch(signed: Parameters<EngineVerifier["verifyBatch"]>[0]): readonly boolean[] {
    return signed.map((item) => this.verify(item));
  }
}

export const TOY_PARAMS: ConsensusParams = {
  block: { maxBytes: 1_048_576, maxGas: -1n },
  evidence: { maxAgeNumBlocks: 100, maxAgeDuration: 1_000_000_000_000n, maxBytes: 65_536 },
  validator: { pubKeyTypes: ["ed25519"] },
  version: { app: 7n },
};

/** A genesis state with validators of these powers, and their keys in set order. */
export function toyGenesis(
  powers: readonly bigint[],
  keyOf: (index: number) => PublicKey = keyNumber,
): { state: EngineState; keys: readonly PublicKey[] } {
  const validators = powers.map((votingPower, i) => {
    const publicKey = keyOf(i);
    return { address: addressOfKey(publicKey), publicKey, votingPower };
  });
  const base = genesisState({
    chainId: CHAIN_ID,
    genesisTime: GENESIS_TIME,
    initialHeight: 1,
    consensusParams: TOY_PARAMS,
    validators,
  });
  const state = { ...base, lastResultsHash: resultsHash([]), appHash: hexHash(sha256("app", "0")) };
  return { state, keys: Array.from(ValidatorSet.create(validators), ({ publicKey }) => publicKey) };
}

/** The state after a block; the app hash changes only with transactions. */
export function applyToy(state: EngineState, blockId: BlockId, block: Block): EngineState {
  const response = {
    beginBlock: { events: [] },
    deliverTxs: block.txs.map(() => ({
      code: 0,
      data: new Uint8Array(0),
      log: "",
      info: "",
      gasWanted: 0n,
      gasUsed: 0n,
      events: [],
      codespace: "",
    })),
    endBlock: { validatorUpdates: [], consensusParamUpdates: undefined, events: [] },
  };
  const next = nextState(state, blockId, block.header, response);
  const appHash = block.txs.length === 0 ? state.appHash : hexHash(sha256("app", state.appHash, ...block.txs));
  return withAppHash(next, appHash);
}

export const signedVote = (key: PublicKey, vote: Vote): Vote => ({
  ...vote,
  signature: toySignature(key, voteSignBytes(CHAIN_ID, vote)),
});

export const signedProposal = (key: PublicKey, proposal: Proposal): Proposal => ({
  ...proposal,
  signature: toySignature(key, proposalSignBytes(CHAIN_ID, proposal)),
});

/** A vote of the validator at this index. */
export function toyVote(
  validators: ValidatorSet,
  index: number,
  init: Pick<Vote, "height" | "round" | "blockId"> & { type: "prevote" | "precommit"; timestamp?: bigint },
): Vote {
  const { address, publicKey } = validators.member(index);
  return signedVote(publicKey, {
    timestamp: GENESIS_TIME + BigInt(init.height) * 1_000_000_000n,
    ...init,
    type: SignedMsgType[init.type],
    validatorAddress: address,
    validatorIndex: index,
    signature: new Uint8Array(0),
  });
}

export const toyTx = (text: string): Uint8Array => utf8(text);
