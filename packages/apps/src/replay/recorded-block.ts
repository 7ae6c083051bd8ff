// Blocks of a recorded chain: a JSON object for each, with the engine's block and responses and
// what the state tree then was. Nothing here trusts the file: what does not decode is refused with
// the place.
import type { Time } from "@wadi/codec";
import {
  AbciResponses,
  decodeBlock,
  misbehaviorOf,
  publicKeyFromMessage,
  type AbciEvent,
  type Block,
  type ResponseDeliverTx,
  type TimeNs,
} from "@wadi/comet-types";
import { fromBase64, registerError, WadiError } from "@wadi/util";

import type { ValidatorUpdate } from "../framework/application.ts";
import { commitVotes } from "../framework/block-context.ts";
import type { BlockInput } from "../framework/executed-block.ts";

export const ErrMalformedRecord = registerError("wadi/apps", 2, "malformed record of a block");

/** A state key with its value after the block, both hex; null: removed. */
export type RecordedWrite = readonly [key: string, value: string | null];

/** What a block led to, as far as it was recorded. */
export interface ExpectedBlock {
  /** Root of the state after the block, hex. */
  readonly stateRoot: string;
  readonly results?: readonly Omit<ResponseDeliverTx, "info" | "log">[];
  readonly beginEvents?: readonly AbciEvent[];
  readonly endEvents?: readonly AbciEvent[];
  readonly validatorUpdates?: readonly ValidatorUpdate[];
  /** The whole state for the first block, else what differs from the block before. */
  readonly writes?: readonly RecordedWrite[];
}

export interface ReplayBlock {
  readonly input: BlockInput;
  readonly expected: ExpectedBlock;
}

const NANOS_PER_SECOND = 1_000_000_000n;

/** Seconds and nanoseconds of an engine time. */
export function timeOfNanos(time: TimeNs): Time {
  const nanos = ((time % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  return { seconds: (time - nanos) / NANOS_PER_SECOND, nanos: Number(nanos) };
}

/** What an engine block says to the applications. Addresses of validators that did not vote stay unknown. */
function blockInputOf(block: Block, hash: string): BlockInput {
  const { header, txs, evidence, lastCommit } = block;
  return {
    height: header.height,
    hash,
    time: timeOfNanos(header.time),
    proposerAddress: header.proposerAddress,
    lastCommit: lastCommit === undefined ? [] : commitVotes(lastCommit),
    misbehavior: evidence.flatMap(misbehaviorOf),
    txs,
  };
}

function member<T extends "string" | "number">(
  record: Readonly<Record<string, unknown>>,
  name: string,
  type: T,
): T extends "string" ? string : number {
  const value = record[name];
  if (typeof value !== type) malformed(`${name} is not a ${type}`);
  return value as T extends "string" ? string : number;
}

function malformed(context: string, cause?: unknown): never {
  throw new WadiError(ErrMalformedRecord, cause === undefined ? { context } : { context, cause });
}

function decoded<T>(record: Readonly<Record<string, unknown>>, name: string, decode: (bytes: Uint8Array) => T): T {
  const text = member(record, name, "string");
  try {
    return decode(fromBase64(text));
  } catch (cause) {
    return malformed(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function writesOf(value: unknown): readonly RecordedWrite[] {
  if (!Array.isArray(value)) return malformed("writes is not a list");
  for (const entry of value) {
    const isWrite =
      Array.isArray(entry) && typeof entry[0] === "string" && (entry[1] === null || typeof entry[1] === "string");
    if (!isWrite) malformed("an entry of writes is not a key with a value");
  }
  return value as RecordedWrite[];
}

/** One line of a recorded chain. Throws ErrMalformedRecord. */
export function parseRecordedBlock(line: string): ReplayBlock {
  let record: Readonly<Record<string, unknown>>;
  try {
    record = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    return malformed("not JSON", cause);
  }
  if (typeof record !== "object" || record === null) malformed("not a JSON object");
  const block = decoded(record, "block", decodeBlock);
  const responses = decoded(record, "abci_responses", (bytes) => AbciResponses.decode(bytes));
  if (block.header.height !== member(record, "height", "number")) malformed("height is not that of the block");
  const updates = responses.endBlock?.validatorUpdates ?? [];
  const expected: ExpectedBlock = {
    stateRoot: member(record, "state_root", "string"),
    results: responses.deliverTxs,
    beginEvents: responses.beginBlock?.events ?? [],
    endEvents: responses.endBlock?.events ?? [],
    validatorUpdates: updates.map(({ pubKey, power }) => ({ publicKey: publicKeyFromMessage(pubKey), power })),
  };
  const input = blockInputOf(block, member(record, "block_hash", "string"));
  return {
    input,
    expected: record["writes"] === undefined ? expected : { ...expected, writes: writesOf(record["writes"]) },
  };
}
