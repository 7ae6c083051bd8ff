// What the Oasis layer adds around the engine: block metadata, events and their root, forms of the
// consensus service, snapshots.
import assert from "node:assert/strict";
import {
  BlockContext,
  eventsRoot,
  metadataResult,
  signBlockMetadata,
  toAbciEvent,
  toAbciResponses,
  toAbciResult,
  validateSystemTransactions,
} from "@wadi/apps";
import { decodeCbor, encodeCbor, i64, proto, type Schema } from "@wadi/codec";
import {
  AbciEvent,
  BlockResultsMeta,
  ConsensusParamsMessage,
  type ConsensusAddress,
  OasisProof,
  SignedMsgType,
  Vote,
  addressOfKey,
  merkleProofs,
  merkleRoot,
  misbehaviorOf,
  verifyProof,
  weightedMedian,
} from "@wadi/comet-types";
import { MemorySigner, SignatureVerifier, hashFromHex, type ChainContext } from "@wadi/crypto";
import { Metadata, RootType, metadataHash, validateMetadata } from "@wadi/mkvs";
import { consensus, events, results, transaction } from "@wadi/types";
import { fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { equalHex } from "./shared.ts";

interface MetaVector {
  readonly name: string;
  readonly state_root: string;
  readonly events_root: string;
  readonly transaction_cbor: string;
  readonly signed_cbor: string;
  readonly size: number;
  readonly tx_hash: string;
}

interface AttributeVector {
  readonly key: string;
  readonly value: string;
  readonly provable_leaf: string;
}

interface GlueVector {
  readonly api_cbor: readonly { readonly name: string; readonly cbor: string }[];
  readonly chain_context: string;
  readonly end_block_consensus_param_updates_proto: string;
  readonly meta: {
    readonly proposer_address: string;
    readonly signer_public_key: string;
    readonly signer_seed: string;
    readonly transactions: readonly MetaVector[];
  };
  readonly misbehavior_proto: string;
  readonly response_deliver_tx_nil_data: string;
  readonly snapshot: {
    readonly chunks: number;
    readonly format: number;
    readonly hash: string;
    readonly height: number;
    readonly metadata_cbor: string;
    readonly root_hash: string;
  };
  readonly staking_events: {
    readonly attributes: readonly AttributeVector[];
    readonly event_proto: string;
    readonly event_type: string;
    readonly events_root: string;
    readonly events_root_of_none: string;
    readonly proofs_cbor: readonly string[];
  };
  readonly weighted_median: readonly {
    readonly median_seconds: number;
    readonly seconds_and_weights: readonly (readonly [seconds: string, weight: string])[];
  }[];
}

const SECOND = 1_000_000_000n;
const noTime = { seconds: 0n, nanos: 0 };

/** A block of this proposer with these leaves of the events root. */
function blockOf(proposerAddress: ConsensusAddress, leaves: readonly Uint8Array[] = []): BlockContext {
  const block = new BlockContext({ time: noTime, proposerAddress, lastCommit: [], misbehavior: [] }, 0n);
  block.provableEvents.push(...leaves);
  return block;
}

function metaCase({ meta, chain_context }: GlueVector, vector: MetaVector): void {
  const chain = chain_context as ChainContext;
  const signer = new MemorySigner(fromHex(meta.signer_seed));
  const proposer = addressOfKey(signer.publicKey);
  assert.equal(proposer, meta.proposer_address);
  const roots = { stateRoot: vector.state_root, eventsRoot: fromHex(vector.events_root) };
  const raw = signBlockMetadata(roots, signer, chain);
  equalHex(raw, vector.signed_cbor);
  assert.equal(raw.length, vector.size);
  assert.equal(transaction.rawTransactionHash(raw), vector.tx_hash);

  const context = transaction.transactionContext(chain);
  const opened = transaction.openRawTransaction(raw, context, new SignatureVerifier());
  assert.equal(opened.signed.signature.publicKey, signer.publicKey);
  equalHex(encodeCbor(transaction.Transaction, opened.transaction), vector.transaction_cbor);
  assert.equal(opened.transaction.method, transaction.methods.consensusMeta.name);
  const block = blockOf(proposer);
  block.systemTransactions.push(opened.transaction);
  validateSystemTransactions(block, roots);
  const stateRoot = hashFromHex("00".repeat(32));
  assert.throws(() => validateSystemTransactions(block, { ...roots, stateRoot }), /invalid state root/);
  block.systemTransactions.push(opened.transaction);
  assert.throws(() => validateSystemTransactions(block, roots), /duplicate block metadata/);
}

function stakingEvents(r: Recorder, vector: GlueVector["staking_events"]): void {
  const emitted = vector.attributes.map(({ key, value }) => {
    const kind = must(events.lookupEvent("staking", key));
    return { kind, value: kind.decode(value) };
  });
  const leaves = vector.attributes.map(({ provable_leaf }) => fromHex(provable_leaf));
  for (const [i, attribute] of vector.attributes.entries()) {
    r.case(`${i} ${attribute.key}`, () => {
      const { kind, value } = must(emitted[i]);
      assert.equal(kind.encode(value), attribute.value);
      equalHex(encodeCbor(kind.schema, value), attribute.provable_leaf);
    });
  }
  r.case("event", () => {
    const event = toAbciEvent([must(emitted[0]), ...emitted.slice(1)]);
    assert.equal(event.type, vector.event_type);
    equalHex(AbciEvent.encode(event), vector.event_proto);
  });
  const { root, proofs } = merkleProofs(leaves);
  r.case("events root", () => {
    const nobody = "00".repeat(20) as ConsensusAddress;
    assert.equal(toHex(eventsRoot(blockOf(nobody, leaves))), vector.events_root);
    assert.equal(toHex(eventsRoot(blockOf(nobody))), vector.events_root_of_none);
    assert.deepEqual(root, merkleRoot(leaves));
  });
  for (const [i, cbor] of vector.proofs_cbor.entries()) {
    r.case(`proof ${i}`, () => {
      equalHex(encodeCbor(OasisProof, must(proofs[i])), cbor);
      verifyProof(decodeCbor(OasisProof, fromHex(cbor)), root, must(leaves[i]));
    });
  }
}

/** Schema and value by the name of a case. */
const forms: Readonly<Record<string, readonly [Schema<unknown>, unknown]>> = {
  "StatusState syncing": [consensus.StatusState, consensus.statusStates.syncing],
  "Block{height 5, time 2026-01-02T03:04:05Z, size 7, meta {a: 1}}": [
    consensus.Block,
    {
      ...consensus.Block.zero(),
      height: 5,
      time: { seconds: 1_767_323_045n, nanos: 0 },
      size: 7n,
      meta: fromHex("a1616101"),
    },
  ],
  "NextBlockState{height 5, precommits.ratio 0.5}": [
    consensus.NextBlockState,
    { ...consensus.NextBlockState.zero(), height: 5, precommits: { ...consensus.Votes.zero(), ratio: 0.5 } },
  ],
  "Status, all zero": [consensus.Status, consensus.Status.zero()],
  "transaction Result, all zero": [results.Result, results.Result.zero()],
  "BlockResultsMeta with one full and one empty result, no block events": [
    BlockResultsMeta,
    {
      txsResults: [
        {
          code: 1,
          data: fromHex("01"),
          log: "l",
          info: "i",
          gasWanted: 5n,
          gasUsed: 6n,
          events: [{ type: "t", attributes: [{ key: "k", value: "v", index: true }] }],
          codespace: "c",
        },
        { code: 0, data: new Uint8Array(0), log: "", info: "", gasWanted: 0n, gasUsed: 0n, events: [], codespace: "" },
      ],
      beginBlockEvents: null,
      endBlockEvents: null,
    },
  ],
  "transaction Proof{height 5, raw_proof 01}": [transaction.Proof, { height: 5, rawProof: fromHex("01") }],
  "LightBlock{height 5, meta 01}": [consensus.LightBlock, { height: 5, meta: fromHex("01") }],
  "Evidence{meta 01}": [consensus.Evidence, { meta: fromHex("01") }],
  "GetLightBlock request body, height 25300000": [i64, 25_300_000n],
};

function formCase(name: string, cbor: string): void {
  const [schema, value] = must(forms[name], `no form for ${name}`);
  equalHex(encodeCbor(schema, value), cbor);
  assert.deepEqual(decodeCbor(schema, fromHex(cbor)), value);
}

function snapshotCase(vector: GlueVector["snapshot"]): void {
  const metadata = decodeCbor(Metadata, fromHex(vector.metadata_cbor));
  validateMetadata(metadata);
  assert.equal(metadata.version, vector.format);
  assert.equal(metadata.chunks.length, vector.chunks);
  assert.equal(metadata.root.version, BigInt(vector.height));
  assert.equal(metadata.root.type, RootType.state);
  assert.equal(metadata.root.hash, vector.root_hash);
  assert.equal(metadataHash(metadata), vector.hash);
  equalHex(encodeCbor(Metadata, metadata), vector.metadata_cbor);
}

/** As the engine's request of BeginBlock would hold it: here applications are called in the same process. */
const MisbehaviorMessage = proto.message("Misbehavior", {
  type: proto.int32(1),
  validator: proto.required(
    2,
    proto.message("Validator", { address: proto.hex<ConsensusAddress>(1), power: proto.int64(3) }),
  ),
  height: proto.int64Number(3),
  time: proto.timestamp(4),
  totalVotingPower: proto.int64(5),
});
const DUPLICATE_VOTE = 1;

function misbehaviorCase(vector: string): void {
  const { height, time, totalVotingPower, validator } = MisbehaviorMessage.decode(fromHex(vector));
  const vote = Vote.create({ type: SignedMsgType.precommit, height, validatorAddress: validator.address });
  const evidence = { totalVotingPower, validatorPower: validator.power, timestamp: time, voteA: vote, voteB: vote };
  const [told, ...others] = misbehaviorOf({ kind: "duplicate-vote", ...evidence });
  assert.deepEqual(others, []);
  const { validatorAddress: address, validatorPower: power, type, ...rest } = must(told);
  assert.equal(type, "duplicate-vote");
  equalHex(MisbehaviorMessage.encode({ ...rest, type: DUPLICATE_VOTE, validator: { address, power } }), vector);
}

/** What every block ends with. */
function consensusParamUpdates(): Uint8Array {
  const { endBlock } = toAbciResponses({
    height: 1,
    stateRoot: "",
    eventsRoot: new Uint8Array(32),
    beginEvents: [],
    transactions: [],
    endEvents: [],
    validatorUpdates: [],
  });
  return ConsensusParamsMessage.encode(must(endBlock?.consensusParamUpdates));
}

export const suite: Suite = {
  file: "cometbft/oasis_glue",
  run(r) {
    const file = must(loadVector<GlueVector>("cometbft/oasis_glue"));
    for (const vector of file.meta.transactions) r.case(`metadata: ${vector.name}`, () => metaCase(file, vector));
    stakingEvents(r, file.staking_events);
    for (const { name, cbor } of file.api_cbor) r.case(name, () => formCase(name, cbor));
    r.case("snapshot", () => snapshotCase(file.snapshot));
    r.case("data of a successful transaction", () => {
      equalHex(toAbciResult(metadataResult).data, file.response_deliver_tx_nil_data);
    });
    r.case("engine parameters after a block", () => {
      equalHex(consensusParamUpdates(), file.end_block_consensus_param_updates_proto);
    });
    for (const [i, { median_seconds, seconds_and_weights }] of file.weighted_median.entries()) {
      r.case(`weighted median ${i}`, () => {
        const entries = seconds_and_weights.map(([seconds, weight]) => ({
          time: BigInt(seconds) * SECOND,
          weight: BigInt(weight),
        }));
        assert.equal(weightedMedian(entries), BigInt(median_seconds) * SECOND);
      });
    }
    r.case("misbehavior", () => misbehaviorCase(file.misbehavior_proto));
  },
};
