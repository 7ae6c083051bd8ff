import assert from "node:assert/strict";
import { consensusParamsHash } from "@wadi/comet-types";
import { engineGenesis } from "@wadi/consensus";
import { genesis } from "@wadi/types";
import { must } from "@wadi/util";
import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { timeOf, type TimeVector } from "./shared.ts";

interface ExpectedGenesis {
  readonly chain_id: string;
  readonly genesis_time: TimeVector;
  readonly initial_height: number;
  readonly app_hash: string;
  readonly app_version: string;
  readonly block_max_bytes: string;
  readonly block_max_gas: string;
  readonly evidence_max_age_num_blocks: string;
  readonly evidence_max_age_duration_ns: string;
  readonly evidence_max_bytes: string;
  readonly pub_key_types: readonly string[];
  readonly consensus_params_hash: string;
  readonly validators: readonly {
    readonly address: string;
    readonly name: string;
    readonly power: string;
    readonly public_key: string;
  }[];
}

interface GenesisCase {
  readonly name: string;
  readonly chain_context: string;
  readonly oasis_genesis: unknown;
  readonly expected: ExpectedGenesis;
}

function check({ chain_context, expected, oasis_genesis }: GenesisCase): void {
  const document = genesis.parseGenesis(JSON.stringify(oasis_genesis));
  assert.equal(genesis.genesisChainContext(document), chain_context);
  const { chainId, consensusParams, genesisTime, initialHeight, validators } = engineGenesis(document);
  assert.equal(chainId, expected.chain_id);
  assert.equal(genesisTime, timeOf(expected.genesis_time));
  assert.equal(initialHeight, expected.initial_height);
  assert.equal(expected.app_hash, "", "the app hash is InitChain's");
  assert.deepEqual(consensusParams, {
    block: { maxBytes: Number(expected.block_max_bytes), maxGas: BigInt(expected.block_max_gas) },
    evidence: {
      maxAgeNumBlocks: Number(expected.evidence_max_age_num_blocks),
      maxAgeDuration: BigInt(expected.evidence_max_age_duration_ns),
      maxBytes: Number(expected.evidence_max_bytes),
    },
    validator: { pubKeyTypes: expected.pub_key_types },
    version: { app: BigInt(expected.app_version) },
  });
  assert.equal(consensusParamsHash(consensusParams), expected.consensus_params_hash);
  const named = validators.map(({ address, name, publicKey, votingPower }) => ({
    address,
    name,
    power: votingPower.toString(),
    public_key: publicKey,
  }));
  assert.deepEqual(named, expected.validators);
}

export const suite: Suite = {
  file: "cometbft/genesis",
  run(r) {
    const { cases } = must(loadVector<{ readonly cases: readonly GenesisCase[] }>("cometbft/genesis"));
    for (const one of cases) r.case(one.name, () => check(one));
  },
};
