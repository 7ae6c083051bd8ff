import assert from "node:assert/strict";
import {
  Commit,
  CommitSig,
  Data,
  HashedParams,
  Header,
  ResponseDeliverTx,
  ValidatorSet,
  ValidatorSetMessage,
  addressOfKey,
  blockHash,
  blockPartSet,
  commitHash,
  consensusParamsHash,
  dataHash,
  decodeBlock,
  encodeBlock,
  evidenceListHash,
  headerHash,
  headerLeaves,
  hexHash,
  merkleRoot,
  resultLeaf,
  resultsHash,
  simpleValidatorBytes,
  txHash,
} from "@wadi/comet-types";
import { publicKeyFromHex } from "@wadi/crypto";
import { fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalForm, equalHex, headerFrom, setFrom, type HeaderVector } from "./shared.ts";

interface ResultVector {
  readonly code: number;
  readonly codespace?: string;
  readonly data: string;
  readonly full_proto: string;
  readonly gas_used: string;
  readonly gas_wanted: string;
  readonly log: string;
}

interface HashesVector {
  readonly addresses: readonly { readonly address_and_node_id: string; readonly public_key: string }[];
  readonly commits: readonly {
    readonly name: string;
    readonly commit_proto: string;
    readonly leaves: readonly string[];
    readonly hash: string;
  }[];
  readonly consensus_params: readonly {
    readonly hash: string;
    readonly hashed_params_proto: string;
    readonly max_bytes: string;
    readonly max_gas: string;
  }[];
  readonly data: readonly {
    readonly data_hash: string;
    readonly data_proto: string;
    readonly tx_hashes: readonly string[];
    readonly txs: readonly string[];
  }[];
  readonly empty_evidence_hash: string;
  readonly first_block: {
    readonly block_proto: string;
    readonly header: HeaderVector;
    readonly part_set_hash: string;
    readonly part_set_total: number;
    readonly size: number;
  };
  readonly headers: readonly HeaderVector[];
  readonly results: readonly {
    readonly hash: string;
    readonly leaves: readonly string[];
    readonly results: readonly ResultVector[];
  }[];
  readonly validator_set: {
    readonly hash: string;
    readonly proposer: string;
    readonly proposer_priority_hash: string;
    readonly total_voting_power: string;
    readonly validator_set_proto: string;
    readonly validator_set_proto_with_total: string;
    readonly validators: readonly {
      readonly address: string;
      readonly proposer_priority: string;
      readonly public_key: string;
      readonly simple_validator_proto: string;
      readonly voting_power: string;
    }[];
  };
}

function headerCase(vector: HeaderVector): void {
  const header = headerFrom(vector);
  equalForm(Header, vector.header_proto, header);
  assert.deepEqual(headerLeaves(header).map(toHex), vector.leaves);
  assert.equal(headerHash(header), vector.hash);
}

function resultsCase(vector: HashesVector["results"][number]): void {
  const results = vector.results.map((result) => {
    const decoded = ResponseDeliverTx.decode(fromHex(result.full_proto));
    equalHex(ResponseDeliverTx.encode(decoded), result.full_proto);
    assert.equal(decoded.code, result.code);
    equalHex(decoded.data, result.data);
    assert.equal(decoded.gasUsed, BigInt(result.gas_used));
    assert.equal(decoded.gasWanted, BigInt(result.gas_wanted));
    assert.equal(decoded.log, result.log);
    assert.equal(decoded.codespace, result.codespace ?? "");
    return decoded;
  });
  assert.deepEqual(results.map(resultLeaf).map(toHex), vector.leaves);
  assert.equal(resultsHash(results), vector.hash);
}

function firstBlockCase(vector: HashesVector["first_block"]): void {
  const block = decodeBlock(fromHex(vector.block_proto));
  equalHex(encodeBlock(block), vector.block_proto);
  headerCase(vector.header);
  assert.deepEqual(block.header, headerFrom(vector.header));
  assert.equal(blockHash(block), vector.header.hash);
  const parts = blockPartSet(block);
  assert.deepEqual(parts.header, { total: vector.part_set_total, hash: vector.part_set_hash });
  assert.equal(parts.byteSize, vector.size);
}

function validatorSetCases(r: Recorder, vector: HashesVector["validator_set"]): void {
  const set = setFrom(vector.validators.map((v) => [v.public_key, v.voting_power]));
  r.case("validator set: order, priorities, hashes", () => {
    for (const [i, expected] of vector.validators.entries()) {
      const got = set.at(i);
      assert.equal(got.address, expected.address);
      assert.equal(got.publicKey, expected.public_key);
      assert.equal(got.votingPower, BigInt(expected.voting_power));
      assert.equal(got.proposerPriority, BigInt(expected.proposer_priority));
      equalHex(simpleValidatorBytes(got), expected.simple_validator_proto);
    }
    assert.equal(set.hash, vector.hash);
    assert.equal(set.priorityHash, vector.proposer_priority_hash);
    assert.equal(set.totalVotingPower, BigInt(vector.total_voting_power));
    assert.equal(must(set.proposer()).address, vector.proposer);
  });
  r.case("validator set: protobuf forms", () => {
    equalHex(ValidatorSetMessage.encode(set.toMessage()), vector.validator_set_proto);
    const served = { ...set.toMessage(), totalVotingPower: set.totalVotingPower };
    equalHex(ValidatorSetMessage.encode(served), vector.validator_set_proto_with_total);
    for (const form of [vector.validator_set_proto, vector.validator_set_proto_with_total]) {
      const read = ValidatorSet.fromMessage(ValidatorSetMessage.decode(fromHex(form)));
      assert.deepEqual([...read], [...set]);
      equalHex(ValidatorSetMessage.encode(read.toMessage()), vector.validator_set_proto);
    }
  });
}

export const suite: Suite = {
  file: "cometbft/hashes",
  run(r) {
    const vector = must(loadVector<HashesVector>("cometbft/hashes"));
    for (const { public_key: key, address_and_node_id: address } of vector.addresses) {
      r.case(`address of ${key}`, () => assert.equal(addressOfKey(publicKeyFromHex(key)), address));
    }
    for (const { name, commit_proto: form, leaves, hash } of vector.commits) {
      r.case(`commit: ${name}`, () => {
        const commit = Commit.decode(fromHex(form));
        equalHex(Commit.encode(commit), form);
        assert.deepEqual(
          commit.signatures.map((sig) => toHex(CommitSig.encode(sig))),
          leaves,
        );
        assert.equal(hexHash(merkleRoot(leaves.map(fromHex))), hash);
        assert.equal(commitHash(commit), hash);
      });
    }
    for (const params of vector.consensus_params) {
      r.case(`consensus params ${params.max_bytes}/${params.max_gas}`, () => {
        const block = { maxBytes: Number(params.max_bytes), maxGas: BigInt(params.max_gas) };
        const hashed = { blockMaxBytes: block.maxBytes, blockMaxGas: block.maxGas };
        equalForm(HashedParams, params.hashed_params_proto, hashed);
        assert.equal(consensusParamsHash({ block }), params.hash);
      });
    }
    for (const [i, data] of vector.data.entries()) {
      r.case(`data ${i}`, () => {
        const txs = data.txs.map(fromHex);
        equalForm(Data, data.data_proto, { txs });
        assert.deepEqual(txs.map(txHash), data.tx_hashes);
        assert.equal(dataHash(txs), data.data_hash);
      });
    }
    r.case("no evidence", () => assert.equal(evidenceListHash([]), vector.empty_evidence_hash));
    r.case("first block", () => firstBlockCase(vector.first_block));
    for (const header of vector.headers) r.case(`header: ${header.name}`, () => headerCase(header));
    for (const [i, results] of vector.results.entries()) r.case(`results ${i}`, () => resultsCase(results));
    validatorSetCases(r, vector.validator_set);
  },
};
