import assert from "node:assert/strict";
import {
  EvidenceMessage,
  checkEvidenceAge,
  decodeEvidenceList,
  duplicateVoteEvidence,
  encodeEvidenceList,
  evidenceBytes,
  evidenceFromMessage,
  evidenceHash,
  evidenceHeight,
  evidenceListHash,
  evidenceToMessage,
  lightBlockFromMessage,
  misbehaviorOf,
  validateEvidence,
  validatorFromMessage,
  verifyDuplicateVote,
  verifyLightClientAttack,
  type DuplicateVoteEvidence,
  type Evidence,
  type LightBlock,
  type LightClientAttackEvidence,
} from "@wadi/comet-types";
import { committedKey, evidenceId, pendingKey } from "@wadi/comet-core";
import { fromHex, must, toHex } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { lightChain, loadLightClientVector } from "./light-chain.ts";
import { equalHex, realVerifier, refusalText, timeOf, type TimeVector } from "./shared.ts";

interface EvidenceCase {
  readonly name: string;
  readonly evidence_proto: string;
  readonly inner_proto?: string;
  readonly hash: string;
  readonly validate_basic_error?: string;
  readonly verify_error?: string;
}

interface AttackCase extends EvidenceCase {
  readonly common_height: number;
  readonly conflicting_height: number;
  readonly byzantine: readonly string[];
  readonly note?: string;
  readonly misbehavior: readonly {
    readonly type: string;
    readonly validator: string;
    readonly power: string;
    readonly height: number;
    readonly time: TimeVector;
    readonly total_voting_power: string;
  }[];
}

interface EvidenceVector {
  readonly chain_id: string;
  readonly duplicate_votes: readonly (EvidenceCase & { readonly height: number })[];
  readonly light_client_attacks: readonly AttackCase[];
  readonly list: { readonly byte_size: number; readonly evidence_hash: string; readonly evidence_list_proto: string };
  readonly pending_key_example: { readonly height: number; readonly pending: string; readonly committed: string };
}

const verifier = realVerifier();
/** The limits under which the vectors were recorded. */
const params = { maxAgeNumBlocks: 100_000, maxAgeDuration: 86_400_000_000_000n, maxBytes: 1_048_576 };

/** Evidence as it was built, without the rules that decoding applies. */
function unchecked(message: EvidenceMessage): Evidence {
  const { sum } = message;
  if (sum?.case === "duplicateVoteEvidence") {
    const { voteA, voteB, ...rest } = sum.value;
    return { kind: "duplicate-vote", ...rest, voteA: must(voteA), voteB: must(voteB) };
  }
  const { conflictingBlock, byzantineValidators, ...rest } = must(sum).value as Extract<
    NonNullable<typeof sum>,
    { case: "lightClientAttackEvidence" }
  >["value"];
  return {
    kind: "light-client-attack",
    ...rest,
    conflictingBlock: lightBlockFromMessage(must(conflictingBlock)) as LightBlock,
    byzantineValidators: byzantineValidators.map(validatorFromMessage),
  };
}

/** Forms, hash and own validity. */
function common(vector: EvidenceCase): Evidence {
  const message = EvidenceMessage.decode(fromHex(vector.evidence_proto));
  const evidence = unchecked(message);
  equalHex(EvidenceMessage.encode(evidenceToMessage(evidence)), vector.evidence_proto);
  if (vector.inner_proto !== undefined) equalHex(evidenceBytes(evidence), vector.inner_proto);
  assert.equal(evidenceHash(evidence), vector.hash);
  assert.equal(
    refusalText(() => validateEvidence(evidence)),
    vector.validate_basic_error,
  );
  const decoded = refusalText(() => assert.deepEqual(evidenceFromMessage(message), evidence));
  assert.equal(decoded, vector.validate_basic_error);
  return evidence;
}

function checkAge(evidence: Evidence, chain: ReadonlyMap<number, LightBlock>): void {
  const timeAt = (height: number): bigint => must(chain.get(height)).signedHeader.header.time;
  checkEvidenceAge(evidenceHeight(evidence), evidence.timestamp, {
    lastHeight: chain.size,
    lastBlockTime: timeAt(chain.size),
    evidenceBlockTime: timeAt(evidenceHeight(evidence)),
    params,
  });
}

function duplicateCase(
  vector: EvidenceVector["duplicate_votes"][number],
  chain: ReadonlyMap<number, LightBlock>,
  chainId: string,
): void {
  const evidence = common(vector) as DuplicateVoteEvidence;
  const set = must(chain.get(vector.height)).validatorSet;
  const refused = refusalText(() => verifyDuplicateVote(evidence, chainId, set, verifier));
  // The pool refuses what is not valid by itself before it verifies.
  if (vector.verify_error !== undefined || vector.validate_basic_error === undefined) {
    assert.equal(refused, vector.verify_error);
  }
  if (vector.verify_error !== undefined || vector.validate_basic_error !== undefined) return;
  checkAge(evidence, chain);
  const { voteA, voteB, timestamp } = evidence;
  assert.deepEqual(duplicateVoteEvidence([voteB, voteA], timestamp, set), evidence);
  assert.deepEqual(misbehaviorOf(evidence), [
    {
      type: "duplicate-vote",
      validatorAddress: voteA.validatorAddress,
      validatorPower: evidence.validatorPower,
      height: vector.height,
      time: timestamp,
      totalVotingPower: evidence.totalVotingPower,
    },
  ]);
}

function attackCase(vector: AttackCase, chain: ReadonlyMap<number, LightBlock>): void {
  const evidence = common(vector) as LightClientAttackEvidence;
  assert.equal(evidence.commonHeight, vector.common_height);
  assert.equal(evidence.conflictingBlock.signedHeader.header.height, vector.conflicting_height);
  assert.deepEqual(
    evidence.byzantineValidators?.map(({ address }) => address),
    vector.byzantine,
  );
  const told = vector.misbehavior.map(({ type, validator, power, height, time, total_voting_power: total }) => {
    assert.equal(type, "LIGHT_CLIENT_ATTACK");
    return {
      type: "light-client-attack",
      validatorAddress: validator,
      validatorPower: BigInt(power),
      height,
      time: timeOf(time),
      totalVotingPower: BigInt(total),
    };
  });
  assert.deepEqual(misbehaviorOf(evidence), told);
  if (vector.validate_basic_error !== undefined) return;
  checkAge(evidence, chain);
  const ours = must(chain.get(vector.common_height));
  const context = {
    commonHeader: ours.signedHeader,
    commonSet: ours.validatorSet,
    trusted: must(chain.get(vector.conflicting_height)).signedHeader,
  };
  const verify = (item: LightClientAttackEvidence) => (): void => verifyLightClientAttack(item, context, verifier);
  if (vector.byzantine.length > 0) {
    assert.equal(refusalText(verify(evidence)), vector.verify_error);
    return;
  }
  // Nobody is convicted: passes as built in memory with a nil list, never as decoded.
  assert.equal(refusalText(verify({ ...evidence, byzantineValidators: undefined })), vector.verify_error);
  const decoded = "expected nil validators from an amnesia light client attack but got 0";
  assert.equal(refusalText(verify(evidence)), decoded);
}

export const suite: Suite = {
  file: "cometbft/evidence",
  run(r) {
    const vector = must(loadVector<EvidenceVector>("cometbft/evidence"));
    const light = loadLightClientVector();
    const chain = lightChain(light);
    const { chain_id: chainId } = vector;
    r.case("chain id", () => assert.equal(chainId, light.chain_id));
    for (const item of vector.duplicate_votes) {
      r.case(`duplicate vote: ${item.name}`, () => duplicateCase(item, chain, chainId));
    }
    for (const item of vector.light_client_attacks) r.case(`attack: ${item.name}`, () => attackCase(item, chain));
    r.case("list", () => {
      const list = decodeEvidenceList(fromHex(vector.list.evidence_list_proto));
      const form = encodeEvidenceList(list);
      equalHex(form, vector.list.evidence_list_proto);
      assert.equal(form.length, vector.list.byte_size);
      assert.equal(evidenceListHash(list), vector.list.evidence_hash);
    });
    r.case("database keys", () => {
      const { height, pending, committed } = vector.pending_key_example;
      const found = vector.duplicate_votes.find((item) => pending.includes(item.hash.toUpperCase()));
      const evidence = unchecked(EvidenceMessage.decode(fromHex(must(found).evidence_proto)));
      assert.equal(evidenceHeight(evidence), height);
      const id = evidenceId(evidence);
      const text = (key: Uint8Array): string =>
        `${toHex(key.subarray(0, 1))} ${Buffer.from(key.subarray(1)).toString()}`;
      assert.equal(text(pendingKey(id)), pending);
      assert.equal(text(committedKey(id)), committed);
    });
  },
};
