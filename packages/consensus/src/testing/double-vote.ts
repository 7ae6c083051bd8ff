import { nodeSigner } from "@wadi/apps/testing";
import {
  SignedMsgType,
  Vote,
  ZERO_BLOCK_ID,
  addressOfKey,
  duplicateVoteEvidence,
  signaturePrehash,
  voteSignBytes,
  type Block,
  type BlockId,
  type DuplicateVoteEvidence,
  type ValidatorSet,
} from "@wadi/comet-types";
import type { MemorySigner } from "@wadi/crypto";
import { must } from "@wadi/util";

/** Two precommits of one validator for a block's height: for the block and for none. */
export function doubleVote(
  {
    header,
    validators,
    ...block
  }: Pick<Block, "header"> & { readonly blockId: BlockId; readonly validators: ValidatorSet },
  name: string,
): DuplicateVoteEvidence {
  const signer = nodeSigner(name, "consensus") as MemorySigner;
  const address = addressOfKey(signer.publicKey);
  const votes = [block.blockId, ZERO_BLOCK_ID].map((voted): Vote => {
    const vote = Vote.create({
      type: SignedMsgType.precommit,
      height: header.height,
      blockId: voted,
      timestamp: header.time,
      validatorAddress: address,
      validatorIndex: validators.indexOf(address),
    });
    const digest = signaturePrehash(voteSignBytes(header.chainId, vote));
    return { ...vote, signature: signer.privateKey().signRaw(digest) };
  });
  return duplicateVoteEvidence([must(votes[0]), must(votes[1])], header.time, validators);
}
