// Commits: the precommits that made a block final (types/block.go of the fork).
import { NO_ADDRESS, hexHash, type HexHash } from "./brands.ts";
import { ZERO_BLOCK_ID, isZeroBlockId, validateBlockId } from "./block-id.ts";
import { ErrInvalid, refusal, within } from "./errors.ts";
import { GO_ZERO_TIME } from "./go-time.ts";
import { merkleRoot } from "./merkle.ts";
import { voteSignBytes, voteSignBytesWriter, type SignBytesWriter } from "./sign-bytes.ts";
import { validateAddress, validateSignature } from "./vote.ts";
import { BlockIdFlag, CommitSig, SignedMsgType, type BlockId, type Commit, type Vote } from "./wire/basics.ts";

/** The entry of a validator whose precommit is not there. */
export const ABSENT_COMMIT_SIG: CommitSig = CommitSig.create({
  blockIdFlag: BlockIdFlag.absent,
  validatorAddress: NO_ADDRESS,
});

/** True if no precommit of this validator was seen. */
export function isAbsent(sig: CommitSig): boolean {
  return sig.blockIdFlag === BlockIdFlag.absent;
}

/** True if the signature is for the commit's block, not for nil. */
export function isForBlock(sig: CommitSig): boolean {
  return sig.blockIdFlag === BlockIdFlag.commit;
}

function validateCommitSig(sig: CommitSig): void {
  const flag = sig.blockIdFlag;
  if (flag !== BlockIdFlag.absent && flag !== BlockIdFlag.commit && flag !== BlockIdFlag.nil) {
    throw refusal(ErrInvalid, `unknown BlockIDFlag: ${flag}`);
  }
  if (flag !== BlockIdFlag.absent) {
    validateAddress(sig.validatorAddress);
    validateSignature(sig.signature);
    return;
  }
  if (sig.validatorAddress !== "") throw refusal(ErrInvalid, "validator address is present");
  if (sig.timestamp !== GO_ZERO_TIME) throw refusal(ErrInvalid, "time is present");
  if (sig.signature.length > 0) throw refusal(ErrInvalid, "signature is present");
}

/**
 * The rules a commit satisfies by itself; throws ErrInvalid. At height 0 (the first block's last
 * commit) only height and round count.
 */
export function validateCommit(commit: Commit): void {
  if (commit.height < 0) throw refusal(ErrInvalid, "negative Height");
  if (commit.round < 0) throw refusal(ErrInvalid, "negative Round");
  if (commit.height === 0) return;
  if (isZeroBlockId(commit.blockId)) throw refusal(ErrInvalid, "commit cannot be for nil block");
  if (commit.signatures.length === 0) throw refusal(ErrInvalid, "no signatures in commit");
  for (const [i, sig] of commit.signatures.entries()) within(`wrong CommitSig #${i}: `, () => validateCommitSig(sig));
}

/** A commit as it comes from the wire: every part of it valid, whatever its height. */
export function checkedCommit(commit: Commit): Commit {
  validateBlockId(commit.blockId);
  for (const sig of commit.signatures) validateCommitSig(sig);
  validateCommit(commit);
  return commit;
}

/** By the list of signatures, which does not change: it is hashed when made, decoded and validated. */
const hashes = new WeakMap<Commit["signatures"], HexHash>();

/** The header's last_commit_hash. */
export function commitHash({ signatures }: Commit): HexHash {
  let hash = hashes.get(signatures);
  if (hash === undefined) {
    hash = hexHash(merkleRoot(signatures.map((sig) => CommitSig.encode(sig))));
    hashes.set(signatures, hash);
  }
  return hash;
}

/** The block that a signature of the commit is for. */
function commitSigBlockId(commit: Commit, sig: CommitSig): BlockId {
  return isForBlock(sig) ? commit.blockId : ZERO_BLOCK_ID;
}

/** The precommit behind a signature; RangeError for an index outside the commit. */
export function commitVote(commit: Commit, index: number): Vote {
  const sig = commit.signatures[index];
  if (sig === undefined) throw new RangeError("no such signature");
  return {
    type: SignedMsgType.precommit,
    height: commit.height,
    round: commit.round,
    blockId: commitSigBlockId(commit, sig),
    timestamp: sig.timestamp,
    validatorAddress: sig.validatorAddress,
    validatorIndex: index,
    signature: sig.signature,
  };
}

/** A writer of the sign bytes of the commit's signatures, for whoever needs many of them. */
export function commitSignBytesWriter(chainId: string, commit: Commit): (sig: CommitSig) => Uint8Array {
  const { height, round } = commit;
  const common = { type: SignedMsgType.precommit, height, round };
  const forBlock = voteSignBytesWriter(chainId, { ...common, blockId: commit.blockId });
  let forNil: SignBytesWriter | undefined;
  return (sig) => {
    if (isForBlock(sig)) return forBlock(sig.timestamp);
    forNil ??= voteSignBytesWriter(chainId, { ...common, blockId: ZERO_BLOCK_ID });
    return forNil(sig.timestamp);
  };
}

/** Sign bytes of one signature of the commit. */
export function commitSignBytes(chainId: string, commit: Commit, sig: CommitSig): Uint8Array {
  return voteSignBytes(chainId, {
    type: SignedMsgType.precommit,
    height: commit.height,
    round: commit.round,
    blockId: commitSigBlockId(commit, sig),
    timestamp: sig.timestamp,
  });
}
