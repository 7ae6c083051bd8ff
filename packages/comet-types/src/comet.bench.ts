// The engine's hot paths on real data: blocks of a recorded chain, commits of a hundred validators.
import { benchLine, chainBytes, throughput } from "@wadi/testing";
import { KeyCache, verifyEd25519 } from "@wadi/crypto";
import { fromBase64, must } from "@wadi/util";
import { decodeBlock, encodeBlock } from "./block.ts";
import { commitHash } from "./commit.ts";
import { verifyCommit, verifyCommitLight } from "./commit-verification.ts";
import { engineVerifier } from "./engine-verifier.ts";
import { headerHash } from "./header.ts";
import { PartSet } from "./part-set.ts";
import { CHAIN_ID, HASH_A, blockIdWith, commitBy, signersWith } from "./testing/fixtures.ts";
import { Commit } from "./wire/basics.ts";
import { AbciResponses } from "./wire/abci.ts";
import { BlockMessage } from "./wire/blocks.ts";

interface RecordedBlock {
  readonly block: string;
  readonly abci_responses: string;
}

/** The largest block of a chain. */
function largestBlock(bytes: Uint8Array): RecordedBlock {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  const records = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RecordedBlock);
  return must(records.toSorted((a, b) => b.block.length - a.block.length)[0]);
}

const rate = (name: string, ran: string, body: () => void): void =>
  benchLine({ name: `comet/${name}`, unit: "ops/s", value: throughput(body), ran });

function benchBlocks(record: RecordedBlock): void {
  const bytes = fromBase64(record.block);
  const responses = fromBase64(record.abci_responses);
  const message = BlockMessage.decode(bytes);
  const block = decodeBlock(bytes);
  const size = `${bytes.length} bytes, ${block.txs.length} transactions`;
  rate("block/decode-wire", `protobuf of a recorded block, ${size}`, () => void BlockMessage.decode(bytes));
  rate("block/encode-wire", `protobuf of a recorded block, ${size}`, () => void BlockMessage.encode(message));
  rate("block/decode-checked", `with basic validity and its hashes, ${size}`, () => void decodeBlock(bytes));
  rate("block/part-set", `encoding, parts and proofs, ${size}`, () => void PartSet.fromData(encodeBlock(block)));
  // Hashes are kept beside their object, so that each turn takes a new one.
  rate("header/hash", "fourteen leaves", () => void headerHash({ ...block.header }));
  rate("abci-responses/decode", `${responses.length} bytes`, () => void AbciResponses.decode(responses));
}

function benchCommits(): void {
  const signers = signersWith(Array.from({ length: 100 }, (_, i) => BigInt(1000 + i)));
  const blockId = blockIdWith(HASH_A);
  const commit = commitBy(signers, 5, blockId);
  const bytes = Commit.encode(commit);
  const expected = { chainId: CHAIN_ID, blockId, height: 5 };
  const keys = new KeyCache();
  const native = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
  const free = engineVerifier(() => true);
  const { set } = signers;
  rate("commit/decode", "100 validators", () => void Commit.decode(bytes));
  rate("commit/hash", "100 validators", () => void commitHash({ ...commit, signatures: [...commit.signatures] }));
  rate("commit/verify-full", "100 signatures, native Ed25519, no cache of results", () => {
    verifyCommit(set, commit, expected, native);
  });
  rate("commit/verify-light", "67 of 100 signatures, native Ed25519", () => {
    verifyCommitLight(set, commit, expected, native);
  });
  rate("commit/verify-own-part", "sign bytes and prehashes of 100, signatures taken as good", () => {
    verifyCommit(set, commit, expected, free);
  });
  let turning = set;
  rate("validators/rotate-one", "100 validators, one turn in a new set", () => {
    turning = turning.rotated(1);
  });
  rate("validators/rotate-thousand", "100 validators, 1000 turns in one call", () => void set.rotated(1000));
  const { address, publicKey } = set.member(50);
  rate("validators/change-one", "new power of one of 100, with the set's hash", () => {
    void set.changed([{ address, publicKey, votingPower: 1n }]).hash;
  });
}

const chain = chainBytes("workload/chain.jsonl");
if (chain !== undefined) benchBlocks(largestBlock(chain));
benchCommits();
