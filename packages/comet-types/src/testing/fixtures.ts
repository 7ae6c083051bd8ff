// Deterministic keys, sets and signed commits for tests and benchmarks.
import { Ed25519PrivateKey, KeyCache, verifyEd25519 } from "@wadi/crypto";
import { must, utf8 } from "@wadi/util";
import type { HexHash } from "../brands.ts";
import { commitHash } from "../commit.ts";
import { engineVerifier, type EngineVerifier } from "../engine-verifier.ts";
import { headerHash } from "../header.ts";
import { sha256 } from "../sha256.ts";
import { signaturePrehash, voteSignBytes } from "../sign-bytes.ts";
import { ValidatorSet } from "../validator-set.ts";
import { validatorChange } from "../validator.ts";
import { BlockIdFlag, Commit, CommitSig, Header, SignedMsgType, Vote, type BlockId } from "../wire/basics.ts";

export const CHAIN_ID = "fixture-chain";
export const HASH_A = "aa".repeat(32) as HexHash;
export const HASH_B = "bb".repeat(32) as HexHash;
/** 2026-01-01T00:00:00Z. */
export const START_TIME = 1_767_225_600_000_000_000n;

/** A complete block id with this hash. */
export function blockIdWith(hash: HexHash, total = 1): BlockId {
  return { hash, partSetHeader: { total, hash: HASH_B } };
}

export function keyNumber(index: number): Ed25519PrivateKey {
  return new Ed25519PrivateKey(sha256(utf8(`fixture key ${index}`)));
}

/** A set with its keys in set order. */
export interface Signers {
  readonly set: ValidatorSet;
  readonly keys: readonly Ed25519PrivateKey[];
}

/** Validators with these powers, made of the keys from `firstKey` on. */
export function signersWith(powers: readonly bigint[], firstKey = 0): Signers {
  const keys = powers.map((_, i) => keyNumber(firstKey + i));
  const set = ValidatorSet.create(keys.map((key, i) => validatorChange(key.publicKey, must(powers[i]))));
  const byPublic = new Map(keys.map((key) => [key.publicKey, key]));
  return { set, keys: Array.from(set, ({ publicKey }) => must(byPublic.get(publicKey))) };
}

export function signVote(key: Ed25519PrivateKey, vote: Vote, chainId = CHAIN_ID): Vote {
  return { ...vote, signature: key.signRaw(signaturePrehash(voteSignBytes(chainId, vote))) };
}

/** What each validator does in a commit. */
export type Ballot = "commit" | "nil" | "absent";

/** A commit at a height for a block, by the ballots in set order ("commit" where none is given). */
export function commitBy(signers: Signers, height: number, blockId: BlockId, ballots: readonly Ballot[] = []): Commit {
  const signatures = signers.keys.map((key, index) => {
    const ballot = ballots[index] ?? "commit";
    if (ballot === "absent") return CommitSig.create({ blockIdFlag: BlockIdFlag.absent });
    const vote = signVote(
      key,
      Vote.create({
        type: SignedMsgType.precommit,
        height,
        round: 0,
        ...(ballot === "commit" && { blockId }),
        timestamp: START_TIME + BigInt(height) * 5_000_000_000n + BigInt(index),
        validatorAddress: signers.set.member(index).address,
        validatorIndex: index,
      }),
    );
    return {
      blockIdFlag: BlockIdFlag[ballot],
      validatorAddress: vote.validatorAddress,
      timestamp: vote.timestamp,
      signature: vote.signature,
    };
  });
  return { height, round: 0, blockId, signatures };
}

/** A valid header of this height, signed by nobody. */
export function headerAt(height: number, signers: Signers, init: Partial<Header> = {}): Header {
  return Header.create({
    version: { block: 11n, app: 7n << 32n },
    chainId: CHAIN_ID,
    height,
    time: START_TIME + BigInt(height) * 5_000_000_000n,
    lastCommitHash: commitHash(Commit.create()),
    dataHash: HASH_A,
    evidenceHash: HASH_A,
    validatorsHash: signers.set.hash,
    nextValidatorsHash: signers.set.hash,
    consensusHash: HASH_A,
    appHash: HASH_A,
    lastResultsHash: HASH_A,
    proposerAddress: signers.set.member(0).address,
    ...init,
  });
}

/** A header with the commit for it. */
export function signedHeaderAt(
  height: number,
  signers: Signers,
  init: Partial<Header> = {},
  ballots: readonly Ballot[] = [],
): { header: Header; commit: Commit } {
  const header = headerAt(height, signers, init);
  return { header, commit: commitBy(signers, height, blockIdWith(headerHash(header)), ballots) };
}

/** The engine's signatures over native Ed25519. */
export function nativeVerifier(): EngineVerifier {
  const keys = new KeyCache();
  return engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
}
