// What the application is told about a block (state/execution.go of the fork: BeginBlock and
// proposal requests, buildLastCommitInfo).
import {
  blockHash,
  ErrCommitMismatch,
  isAbsent,
  misbehaviorOf,
  refusal,
  type Block,
  type Commit,
  type ValidatorSet,
} from "@wadi/comet-types";
import { must } from "@wadi/util";
import type { BlockContext, BlockRequest, CommitInfo } from "../application.ts";

const NO_COMMIT: CommitInfo = { round: 0, votes: [] };

/**
 * Who signed the last commit; `lastValidators` is the set of its height. A vote for nil counts as
 * signed. Throws ErrCommitMismatch for a commit of another size than the set.
 */
export function commitInfo(lastCommit: Commit, lastValidators: ValidatorSet): CommitInfo {
  const { round, signatures } = lastCommit;
  if (signatures.length !== lastValidators.size) {
    const sizes = `${signatures.length} vs ${lastValidators.size}`;
    throw refusal(ErrCommitMismatch, `commit size does not match the validator set: ${sizes}`);
  }
  const votes = signatures.map((sig, i) => {
    const { address, votingPower } = lastValidators.member(i);
    return { address, power: votingPower, signed: !isAbsent(sig) };
  });
  return { round, votes };
}

/** What the application hears of a block beside hash and transactions; `lastValidators` as in `commitInfo`. */
export function blockContext(block: Block, lastValidators: ValidatorSet, initialHeight: number): BlockContext {
  const { height, time, proposerAddress, nextValidatorsHash } = block.header;
  return {
    height,
    time,
    proposerAddress,
    nextValidatorsHash,
    lastCommit: height === initialHeight ? NO_COMMIT : commitInfo(must(block.lastCommit), lastValidators),
    misbehavior: block.evidence.flatMap(misbehaviorOf),
  };
}

/** A whole block for the application; `lastValidators` is the set of the height before. */
export function blockRequest(block: Block, lastValidators: ValidatorSet, initialHeight: number): BlockRequest {
  const context = blockContext(block, lastValidators, initialHeight);
  return { ...context, hash: blockHash(block), header: block.header, txs: block.txs };
}
