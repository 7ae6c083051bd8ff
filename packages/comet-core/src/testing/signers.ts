// Deterministic validators with real keys, and what they sign.
import {
  BlockIdFlag,
  CommitSig,
  SignedMsgType,
  ValidatorSet,
  Vote,
  engineVerifier,
  hexHash,
  sha256,
  signaturePrehash,
  validatorChange,
  voteSignBytes,
  type BlockId,
  type Commit,
  type EngineVerifier,
} from "@wadi/comet-types";
import { Ed25519PrivateKey, KeyCache, verifyEd25519 } from "@wadi/crypto";
import { must, utf8 } from "@wadi/util";

export const CHAIN_ID = "fixture-chain";
/** 2026-01-01T00:00:00Z. */
export const START_TIME = 1_767_225_600_000_000_000n;

/** A set with the keys in set order. */
export interface Signers {
  readonly set: ValidatorSet;
  readonly keys: readonly Ed25519PrivateKey[];
}

/** Validators with these powers, made of the keys from `firstKey` on. */
export function signersWith(powers: readonly bigint[], firstKey = 0): Signers {
  const keys = powers.map((_, i) => new Ed25519PrivateKey(sha256(utf8(`fixture key ${firstKey + i}`))));
  const set = ValidatorSet.create(keys.map((key, i) => validatorChange(key.publicKey, must(powers[i]))));
  const byPublic = new Map(keys.map((key) => [key.publicKey, key]));
  return { set, keys: Array.from(set, ({ publicKey }) => must(byPublic.get(publicKey))) };
}

/** A complete block id, another one for each text. */
export function blockIdNamed(name: string, total = 1): BlockId {
  return { hash: hexHash(sha256(utf8(name))), partSetHeader: { total, hash: hexHash(sha256(utf8(`${name} parts`))) } };
}

/** A signed vote of the validator at this place in the set; fields not given are those of a nil prevote in round 0. */
export function signedVote(signers: Signers, index: number, fields: Partial<Vote>, chainId = CHAIN_ID): Vote {
  const vote = Vote.create({
    type: SignedMsgType.prevote,
    height: 1,
    timestamp: START_TIME,
    validatorAddress: signers.set.member(index).address,
    validatorIndex: index,
    ...fields,
  });
  return { ...vote, signature: must(signers.keys[index]).signRaw(signaturePrehash(voteSignBytes(chainId, vote))) };
}

/** A commit of all validators for a block. */
export function commitFor(signers: Signers, height: number, blockId: BlockId, round = 0): Commit {
  const type = SignedMsgType.precommit;
  const signatures = signers.keys.map((_, index) => {
    const timestamp = START_TIME + BigInt(height * 1000 + index);
    const { validatorAddress, signature } = signedVote(signers, index, { type, height, round, blockId, timestamp });
    return CommitSig.create({ blockIdFlag: BlockIdFlag.commit, validatorAddress, timestamp, signature });
  });
  return { height, round, blockId, signatures };
}

/** The engine's signatures over native Ed25519. */
export function nativeVerifier(): EngineVerifier {
  const keys = new KeyCache();
  return engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
}
