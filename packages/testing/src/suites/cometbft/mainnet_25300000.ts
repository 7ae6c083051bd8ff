// Two real blocks of Mainnet: everything a stateless check of a block can recompute.
import assert from "node:assert/strict";
import { bytes, decodeCbor, nullable, struct } from "@wadi/codec";
import {
  BlockMessage,
  BlockResultsMeta,
  Commit,
  Header,
  ResponseDeliverTx,
  blockFromMessage,
  blockPartSet,
  chainIdOfContext,
  commitHash,
  commitSignBytes,
  commitVote,
  dataHash,
  decodeLightBlock,
  encodeServedLightBlock,
  headerHash,
  headerLeaves,
  hexHash,
  isAbsent,
  isForBlock,
  medianTime,
  resultLeaf,
  resultsHash,
  signaturePrehash,
  txHash,
  validateLightBlock,
  verifyAdjacent,
  verifyCommit,
  verifyCommitLight,
  verifyCommitTrusting,
  verifyNonAdjacent,
  voteSignBytes,
  type LightBlock,
  type LightVerification,
  type ValidatorSet,
} from "@wadi/comet-types";
import { SignatureVerifier, chainContext, type FullContext } from "@wadi/crypto";
import { transaction } from "@wadi/types";
import { fromBase64, fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { blockIdFrom, equalForm, equalHex, headerFrom, realVerifier, timeOf } from "./shared.ts";
import type { BlockIdVector, HeaderVector, TimeVector } from "./shared.ts";

interface CommitVector {
  readonly block_id: BlockIdVector;
  readonly counts: { readonly absent: number; readonly commit: number; readonly nil: number; readonly total: number };
  readonly hash: string;
  readonly round: number;
  readonly equals_last_commit_hash_of_25300001?: boolean;
  readonly sample_sign_bytes?: readonly {
    readonly index: number;
    readonly prehash: string;
    readonly public_key: string;
    readonly sign_bytes: string;
    readonly signature: string;
  }[];
}

interface SetVector {
  readonly hash: string;
  readonly proposer: string;
  readonly total_voting_power: string;
  readonly validators: readonly (readonly [key: string, power: string, priority: string])[];
}

interface TransactionVector {
  readonly index: number;
  readonly hash: string;
  readonly size: number;
  readonly code: number;
  readonly codespace: string;
  readonly events: number;
  readonly result_leaf: string;
  readonly method: string;
  readonly nonce: number;
  readonly fee_amount?: string;
  readonly fee_gas?: number;
  readonly meta_events_root?: string;
  readonly meta_state_root?: string;
}

interface MainnetVector {
  readonly chain_context: string;
  readonly expected: {
    readonly adjacent_verification: string;
    readonly block_25300000_rebuilt: {
      readonly data_hash: string;
      readonly how: string;
      readonly part_set_hash: string;
      readonly part_set_total: number;
      readonly size: number;
    };
    readonly chain_id: string;
    readonly commit_25300000: CommitVector;
    readonly commit_25300001: CommitVector;
    readonly events: readonly {
      readonly index: boolean;
      readonly key: string;
      readonly tx: number | null;
      readonly type: string;
      readonly value: string;
    }[];
    readonly header_25300000: HeaderVector;
    readonly header_25300001: HeaderVector;
    readonly last_results_hash_of_25300001: string;
    readonly median_time_equals_time_of_25300001: boolean;
    readonly median_time_of_commit_25300000: TimeVector;
    readonly priorities_of_25300001_equal_increment_of_25300000: boolean;
    readonly results_hash: string;
    readonly transactions: readonly TransactionVector[];
    readonly validators_25300000: SetVector;
    readonly validators_25300001: SetVector;
  };
  readonly recorded: {
    readonly block_25300000: {
      readonly height: number;
      readonly hash: string;
      readonly time: string;
      readonly size: number;
      readonly meta: string;
      readonly state_root: {
        readonly ns: string;
        readonly version: number;
        readonly root_type: number;
        readonly hash: string;
      };
    };
    readonly light_block_25300000: { readonly height: number; readonly meta: string };
    readonly light_block_25300001: { readonly height: number; readonly meta: string };
    readonly results_25300000: { readonly height: number; readonly meta: string };
    readonly txs_25300000: readonly string[];
  };
}

const verifier = realVerifier();

const signatures = new SignatureVerifier();

/** `meta` of a block of the consensus service: engine messages in CBOR. */
const ServedBlockMeta = struct("cometbft.BlockMeta", { header: nullable(bytes), lastCommit: nullable(bytes) });

function headerCase(header: Header, vector: HeaderVector): void {
  assert.deepEqual(header, headerFrom(vector));
  equalForm(Header, vector.header_proto, header);
  assert.deepEqual(headerLeaves(header).map(toHex), vector.leaves);
  assert.equal(headerHash(header), vector.hash);
}

function setCase(set: ValidatorSet, vector: SetVector): void {
  const members = Array.from(set, (v) => [v.publicKey, String(v.votingPower), String(v.proposerPriority)]);
  assert.deepEqual(members, vector.validators);
  assert.equal(set.hash, vector.hash);
  assert.equal(String(set.totalVotingPower), vector.total_voting_power);
  assert.equal(set.proposer()?.address, vector.proposer);
  assert.ok(set.isOrdered());
}

function commitCase(block: LightBlock, vector: CommitVector, chainId: string): void {
  const { header, commit } = block.signedHeader;
  assert.deepEqual(commit.blockId, blockIdFrom(vector.block_id));
  assert.equal(commit.blockId.hash, headerHash(header));
  assert.equal(commit.round, vector.round);
  assert.equal(commitHash(commit), vector.hash);
  const absent = commit.signatures.filter(isAbsent).length;
  const forBlock = commit.signatures.filter(isForBlock).length;
  const total = commit.signatures.length;
  assert.deepEqual({ absent, commit: forBlock, nil: total - absent - forBlock, total }, vector.counts);
  for (const sample of vector.sample_sign_bytes ?? []) {
    const vote = commitVote(commit, sample.index);
    equalHex(voteSignBytes(chainId, vote), sample.sign_bytes);
    equalHex(commitSignBytes(chainId, commit, must(commit.signatures[sample.index])), sample.sign_bytes);
    equalHex(signaturePrehash(fromHex(sample.sign_bytes)), sample.prehash);
    equalHex(vote.signature, sample.signature);
    assert.equal(block.validatorSet.member(sample.index).publicKey, sample.public_key);
  }
  const expected = { chainId, blockId: commit.blockId, height: header.height };
  verifyCommit(block.validatorSet, commit, expected, verifier);
  verifyCommitLight(block.validatorSet, commit, expected, verifier, "all");
  verifyCommitTrusting(block.validatorSet, commit, chainId, { numerator: 2n, denominator: 3n }, verifier, "all");
}

function transactionCase(
  bytesOfTx: Uint8Array,
  result: ResponseDeliverTx,
  context: FullContext,
  vector: TransactionVector,
): void {
  assert.equal(txHash(bytesOfTx), vector.hash);
  assert.equal(bytesOfTx.length, vector.size);
  assert.equal(result.code, vector.code);
  assert.equal(result.codespace, vector.codespace);
  assert.equal(result.events.length, vector.events);
  equalHex(resultLeaf(result), vector.result_leaf);
  const { transaction: tx } = transaction.openRawTransaction(bytesOfTx, context, signatures);
  assert.equal(tx.method, vector.method);
  assert.equal(tx.nonce, BigInt(vector.nonce));
  assert.equal(tx.fee?.gas, vector.fee_gas === undefined ? undefined : BigInt(vector.fee_gas));
  assert.equal(tx.fee?.amount, vector.fee_amount === undefined ? undefined : BigInt(vector.fee_amount));
  if (vector.meta_state_root === undefined) return;
  const meta = transaction.decodeBody(transaction.methods.consensusMeta, tx);
  assert.equal(meta.stateRoot, vector.meta_state_root);
  equalHex(must(meta.eventsRoot), must(vector.meta_events_root));
}

/** The next height by the adjacent rule, and refusals of the non-adjacent rule for it. */
function adjacentCase(first: LightBlock, second: LightBlock): void {
  const options: LightVerification = {
    now: second.signedHeader.header.time + 1n,
    trustingPeriod: 720n * 3_600_000_000_000n,
    maxClockDrift: 10_000_000_000n,
    trustLevel: { numerator: 1n, denominator: 3n },
    verifier,
  };
  const untrusted = { signedHeader: second.signedHeader, validators: second.validatorSet };
  verifyAdjacent(first.signedHeader, untrusted, options);
  const trusted = { ...first.signedHeader, validators: first.validatorSet };
  assert.throws(() => verifyNonAdjacent(trusted, untrusted, options), /non adjacent/);
}

function resultsCases(r: Recorder, vector: MainnetVector, served: BlockResultsMeta): void {
  const { recorded, expected } = vector;
  const results = (served.txsResults ?? []).map((result) => ResponseDeliverTx.create(result));
  const context = transaction.transactionContext(chainContext(vector.chain_context));
  r.case("results hash", () => {
    assert.equal(resultsHash(results), expected.results_hash);
    assert.equal(expected.header_25300001.last_results_hash, expected.results_hash);
    assert.equal(expected.last_results_hash_of_25300001, expected.results_hash);
  });
  r.case("events", () => {
    const flat: unknown[] = [];
    const add = (tx: number | null, events: BlockResultsMeta["beginBlockEvents"]): void => {
      for (const { type, attributes } of events ?? []) {
        for (const { key, value, index } of attributes) flat.push({ index, key, tx, type, value });
      }
    };
    for (const [i, { events }] of results.entries()) add(i, events);
    const inside = flat.length;
    add(null, served.beginBlockEvents);
    add(null, served.endBlockEvents);
    assert.deepEqual(
      flat.slice(0, inside),
      expected.events.filter(({ tx }) => tx !== null && tx >= 0),
    );
    assert.equal(flat.length, expected.events.length);
  });
  for (const expectedTx of expected.transactions) {
    r.case(`transaction ${expectedTx.index}`, () => {
      const tx = fromBase64(must(recorded.txs_25300000[expectedTx.index]));
      transactionCase(tx, must(results[expectedTx.index]), context, expectedTx);
    });
  }
}

function rebuildCase({ recorded, expected }: MainnetVector): void {
  const meta = decodeCbor(ServedBlockMeta, fromBase64(recorded.block_25300000.meta));
  const headerBytes = must(meta.header);
  const txs = recorded.txs_25300000.map(fromBase64);
  const rebuilt = expected.block_25300000_rebuilt;
  assert.equal(dataHash(txs), rebuilt.data_hash);
  const lastCommit = Commit.decode(must(meta.lastCommit));
  const block = blockFromMessage(
    BlockMessage.create({ header: Header.decode(headerBytes), data: { txs }, lastCommit }),
  );
  const parts = blockPartSet(block);
  assert.deepEqual(parts.header, { total: rebuilt.part_set_total, hash: rebuilt.part_set_hash }, rebuilt.how);
  assert.equal(parts.byteSize, rebuilt.size);
  assert.equal(parts.byteSize, recorded.block_25300000.size);
  assert.equal(expected.header_25300001.last_block_id.parts_hash, rebuilt.part_set_hash);
  equalHex(headerBytes, expected.header_25300000.header_proto);
  const { hash, height, state_root: root, time } = recorded.block_25300000;
  assert.equal(hexHash(fromHex(hash)), headerHash(block.header));
  assert.equal(height, block.header.height);
  assert.equal(root.hash, block.header.appHash);
  assert.equal(root.version, height - 1);
  assert.equal(root.root_type, 1);
  assert.equal(root.ns, "00".repeat(32));
  assert.equal(BigInt(Date.parse(time)) / 1000n, block.header.time / 1_000_000_000n);
}

export const suite: Suite = {
  file: "cometbft/mainnet_25300000",
  run(r) {
    const vector = loadVector<MainnetVector>("cometbft/mainnet_25300000");
    if (vector === undefined) return r.leaveOut("the file is not at hand");
    const { recorded, expected } = vector;
    const chainId = chainIdOfContext(vector.chain_context);
    const served = [recorded.light_block_25300000, recorded.light_block_25300001] as const;
    const [first, second] = served.map(({ meta }) => validateLightBlock(decodeLightBlock(fromBase64(meta)), chainId));
    if (first === undefined || second === undefined) throw new Error("two light blocks expected");
    const results = decodeCbor(BlockResultsMeta, fromBase64(recorded.results_25300000.meta));
    r.case("chain id", () => assert.equal(chainId, expected.chain_id));
    r.case("light blocks re-encode", () => {
      for (const [i, { height, meta }] of served.entries()) {
        const block: LightBlock = must([first, second][i]);
        equalHex(encodeServedLightBlock(block), toHex(fromBase64(meta)));
        assert.equal(block.signedHeader.header.height, height);
      }
    });
    r.case("header 25300000", () => headerCase(first.signedHeader.header, expected.header_25300000));
    r.case("header 25300001", () => headerCase(second.signedHeader.header, expected.header_25300001));
    r.case("validators 25300000", () => setCase(first.validatorSet, expected.validators_25300000));
    r.case("validators 25300001", () => setCase(second.validatorSet, expected.validators_25300001));
    r.case("commit 25300000", () => {
      commitCase(first, expected.commit_25300000, chainId);
      const last = commitHash(first.signedHeader.commit) === second.signedHeader.header.lastCommitHash;
      assert.equal(last, expected.commit_25300000.equals_last_commit_hash_of_25300001);
    });
    r.case("commit 25300001", () => commitCase(second, expected.commit_25300001, chainId));
    r.case("rotation", () => {
      const next = first.validatorSet.rotated(1);
      const equal = next.priorityHash === second.validatorSet.priorityHash;
      assert.equal(equal, expected.priorities_of_25300001_equal_increment_of_25300000);
      assert.deepEqual([...next], [...second.validatorSet]);
      assert.equal(next.proposer()?.address, second.signedHeader.header.proposerAddress);
    });
    r.case("median time", () => {
      const median = medianTime(first.signedHeader.commit, first.validatorSet);
      assert.equal(median, timeOf(expected.median_time_of_commit_25300000));
      const equal = median === second.signedHeader.header.time;
      assert.equal(equal, expected.median_time_equals_time_of_25300001);
    });
    r.case("adjacent verification", () => {
      assert.equal(expected.adjacent_verification, "ok");
      adjacentCase(first, second);
    });
    r.case("block 25300000 rebuilt", () => rebuildCase(vector));
    resultsCases(r, vector, results);
    r.case("meta state root is the next app hash", () => {
      assert.equal(expected.transactions.at(-1)?.meta_state_root, second.signedHeader.header.appHash);
    });
  },
};
