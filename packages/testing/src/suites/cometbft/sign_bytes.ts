import assert from "node:assert/strict";
import { proto } from "@wadi/codec";
import {
  CanonicalVote,
  Proposal,
  SIGNATURE_CONTEXT,
  Vote,
  addressOfKey,
  isZeroBlockId,
  proposalSignBytes,
  signaturePrehash,
  validateProposal,
  validateVote,
  verifyVote,
  voteSignBytes,
  type ConsensusAddress,
} from "@wadi/comet-types";
import { Ed25519PrivateKey, publicKeyFromHex } from "@wadi/crypto";
import { fromHex, isError, must, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { blockIdFrom, equalForm, equalHex, realVerifier, refusalText, timeOf } from "./shared.ts";
import type { BlockIdVector, TimeVector } from "./shared.ts";

interface SignedVector {
  readonly name: string;
  readonly block_id: BlockIdVector;
  readonly chain_id: string;
  readonly height: string;
  readonly round: number;
  readonly prehash: string;
  readonly sign_bytes: string;
  readonly signature: string;
  readonly timestamp: TimeVector;
  readonly validate_basic_error?: string;
}

interface VoteVector extends SignedVector {
  readonly type: number;
  readonly validator_index: number;
  readonly verifies: boolean;
  readonly vote_proto: string;
}

interface ProposalVector extends SignedVector {
  readonly pol_round: number;
  readonly proposal_proto: string;
}

interface SignBytesVector {
  readonly context: string;
  readonly key: { readonly address: string; readonly public_key: string; readonly seed: string };
  readonly votes: readonly VoteVector[];
  readonly proposals: readonly ProposalVector[];
  readonly raw_signing: readonly {
    readonly message: string;
    readonly prehash: string;
    readonly signature: string;
    readonly verifies: boolean;
  }[];
}

/** Prehash and signature of sign bytes: computed, and made again from the seed. */
function checkSignature(
  message: Uint8Array,
  vector: SignedVector | SignBytesVector["raw_signing"][number],
  key: Ed25519PrivateKey,
): void {
  const digest = signaturePrehash(message);
  equalHex(digest, vector.prehash, "prehash");
  equalHex(key.signRaw(digest), vector.signature, "signature");
  const signed = { publicKey: key.publicKey, message, signature: fromHex(vector.signature) };
  assert.equal(realVerifier().verify(signed), true);
  assert.equal(realVerifier().verify({ ...signed, message: Uint8Array.of(...message, 0) }), false);
}

/** A height that this implementation refuses to decode still has its canonical form. */
function hugeHeightCase(vector: VoteVector, key: Ed25519PrivateKey): void {
  const refused = (): unknown => Vote.decode(fromHex(vector.vote_proto));
  assert.throws(refused, (e) => isError(e, proto.ErrIntegerRange));
  const blockId = blockIdFrom(vector.block_id);
  const message = proto.encodeDelimited(CanonicalVote, {
    type: vector.type,
    height: BigInt(vector.height),
    round: BigInt(vector.round),
    blockId: isZeroBlockId(blockId) ? undefined : blockId,
    timestamp: timeOf(vector.timestamp),
    chainId: vector.chain_id,
  });
  equalHex(message, vector.sign_bytes);
  checkSignature(message, vector, key);
}

function voteCase(vector: VoteVector, key: Ed25519PrivateKey): void {
  if (!Number.isSafeInteger(Number(vector.height))) return hugeHeightCase(vector, key);
  const vote: Vote = {
    type: vector.type,
    height: Number(vector.height),
    round: vector.round,
    blockId: blockIdFrom(vector.block_id),
    timestamp: timeOf(vector.timestamp),
    validatorAddress: addressOfKey(key.publicKey),
    validatorIndex: vector.validator_index,
    signature: fromHex(vector.signature),
  };
  equalForm(Vote, vector.vote_proto, vote);
  const message = voteSignBytes(vector.chain_id, vote);
  equalHex(message, vector.sign_bytes);
  checkSignature(message, vector, key);
  assert.equal(
    refusalText(() => validateVote(vote)),
    vector.validate_basic_error,
  );
  const refused = refusalText(() => verifyVote(vote, vector.chain_id, key.publicKey, realVerifier()));
  assert.equal(refused === undefined, vector.verifies);
  const other = { ...vote, validatorAddress: "00".repeat(20) as ConsensusAddress };
  assert.equal(
    refusalText(() => verifyVote(other, vector.chain_id, key.publicKey, realVerifier())),
    "invalid validator address",
  );
}

function proposalCase(vector: ProposalVector, key: Ed25519PrivateKey): void {
  const proposal: Proposal = {
    type: 32,
    height: Number(vector.height),
    round: vector.round,
    polRound: vector.pol_round,
    blockId: blockIdFrom(vector.block_id),
    timestamp: timeOf(vector.timestamp),
    signature: fromHex(vector.signature),
  };
  const decoded = Proposal.decode(fromHex(vector.proposal_proto));
  equalHex(Proposal.encode(decoded), vector.proposal_proto);
  // The zero proposal was recorded without its type; its sign bytes are always those of a proposal.
  assert.deepEqual({ ...decoded, type: 32 }, proposal);
  equalHex(proposalSignBytes(vector.chain_id, proposal), vector.sign_bytes);
  checkSignature(proposalSignBytes(vector.chain_id, proposal), vector, key);
  assert.equal(
    refusalText(() => validateProposal(decoded)),
    vector.validate_basic_error,
  );
}

export const suite: Suite = {
  file: "cometbft/sign_bytes",
  run(r) {
    const vector = must(loadVector<SignBytesVector>("cometbft/sign_bytes"));
    const key = new Ed25519PrivateKey(fromHex(vector.key.seed));
    r.case("context and key", () => {
      assert.equal(SIGNATURE_CONTEXT, vector.context);
      assert.equal(key.publicKey, publicKeyFromHex(vector.key.public_key));
      assert.equal(addressOfKey(key.publicKey), vector.key.address);
    });
    for (const vote of vector.votes) r.case(`vote: ${vote.name}`, () => voteCase(vote, key));
    for (const proposal of vector.proposals) r.case(`proposal: ${proposal.name}`, () => proposalCase(proposal, key));
    for (const raw of vector.raw_signing) {
      r.case(`raw message of ${toHex(fromHex(raw.message)).length / 2} bytes`, () => {
        assert.equal(raw.verifies, true);
        checkSignature(fromHex(raw.message), raw, key);
      });
    }
  },
};
