// What the suites of the engine's data model have in common.
import assert from "node:assert/strict";
import {
  ValidatorSet,
  engineVerifier,
  validatorChange,
  type BlockId,
  type ConsensusAddress,
  type EngineVerifier,
  type Header,
  type HexHash,
  type TimeNs,
} from "@wadi/comet-types";
import { KeyCache, publicKeyFromHex, verifyEd25519 } from "@wadi/crypto";
import { WadiError, toHex } from "@wadi/util";

/** A time in the vectors; the text form is for people. */
export interface TimeVector {
  readonly seconds: string;
  readonly nanos: number;
  readonly rfc3339: string;
}

export function timeOf({ seconds, nanos }: TimeVector): TimeNs {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

export interface BlockIdVector {
  readonly hash: string;
  readonly parts_hash: string;
  readonly parts_total: number;
}

export function blockIdFrom(vector: BlockIdVector): BlockId {
  const partSetHeader = { total: vector.parts_total, hash: vector.parts_hash as HexHash };
  return { hash: vector.hash as HexHash, partSetHeader };
}

export interface HeaderVector {
  readonly name?: string;
  readonly version_block: string;
  readonly version_app: string;
  readonly chain_id: string;
  readonly height: string;
  readonly time: TimeVector;
  readonly last_block_id: BlockIdVector;
  readonly last_commit_hash: string;
  readonly data_hash: string;
  readonly validators_hash: string;
  readonly next_validators_hash: string;
  readonly consensus_hash: string;
  readonly app_hash: string;
  readonly last_results_hash: string;
  readonly evidence_hash: string;
  readonly proposer_address: string;
  readonly header_proto: string;
  readonly leaves: readonly string[];
  readonly hash: string;
}

export function headerFrom(vector: HeaderVector): Header {
  return {
    version: { block: BigInt(vector.version_block), app: BigInt(vector.version_app) },
    chainId: vector.chain_id,
    height: Number(vector.height),
    time: timeOf(vector.time),
    lastBlockId: blockIdFrom(vector.last_block_id),
    lastCommitHash: vector.last_commit_hash as HexHash,
    dataHash: vector.data_hash as HexHash,
    validatorsHash: vector.validators_hash as HexHash,
    nextValidatorsHash: vector.next_validators_hash as HexHash,
    consensusHash: vector.consensus_hash as HexHash,
    appHash: vector.app_hash as HexHash,
    lastResultsHash: vector.last_results_hash as HexHash,
    evidenceHash: vector.evidence_hash as HexHash,
    proposerAddress: vector.proposer_address as ConsensusAddress,
  };
}

/** Bytes against hex text; says where they part. */
export function equalHex(bytes: Uint8Array, hex: string, message = "bytes"): void {
  const got = toHex(bytes);
  if (got === hex) return;
  let at = 0;
  while (got.slice(at, at + 2) === hex.slice(at, at + 2)) at += 2;
  const near = (text: string): string => `${text.slice(Math.max(0, at - 8), at + 24)} (${text.length / 2} bytes)`;
  assert.fail(`${message} differ at ${at / 2}: ${near(got)} instead of ${near(hex)}`);
}

/** A schema's decoder and encoder agree with these bytes and this value. */
export function equalForm<T>(
  schema: { encode(value: T): Uint8Array; decode(bytes: Uint8Array): T },
  hex: string,
  value: T,
): void {
  equalHex(schema.encode(value), hex, "encoding");
  assert.deepEqual(schema.decode(new Uint8Array(Buffer.from(hex, "hex"))), value, "decoding");
}

/** The text of what a check refuses with, or undefined if it passes. */
export function refusalText(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    return e.message;
  }
}

/** The engine's signatures over real Ed25519. */
export function realVerifier(): EngineVerifier {
  const keys = new KeyCache();
  return engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
}

/** A set built from keys (hex) and powers (decimal). */
export function setFrom(validators: readonly (readonly [key: string, power: string])[]): ValidatorSet {
  return ValidatorSet.create(validators.map(([key, power]) => validatorChange(publicKeyFromHex(key), BigInt(power))));
}
