// Blocks of a runtime. Reference: go/roothash/api/block.
import { formatTime, i64Number, nullable, parseTime, struct, u16, u64, u8, withText, type TypeOf } from "@wadi/codec";

import { Hash } from "../scalars/hash.ts";
import { Namespace } from "../scalars/namespace.ts";

/** A u8; see `headerTypes`. */
export const HeaderType = u8;
export type HeaderType = number;

export const headerTypes = { invalid: 0, normal: 1, roundFailed: 2, epochTransition: 3, suspended: 4 } as const;

/** Beyond int64 the reference wraps before it prints. */
function formatUnixSeconds(seconds: bigint): string {
  return formatTime({ seconds: BigInt.asIntN(64, seconds), nanos: 0 });
}

/** Go's zero time in Unix seconds, which `parseTime` gives as null. */
const ZERO_TIME_SECONDS = -62_135_596_800n;

function parseUnixSeconds(text: string): bigint {
  return BigInt.asUintN(64, parseTime(text)?.seconds ?? ZERO_TIME_SECONDS);
}

/**
 * Unix seconds, u64. The reference prints it in JSON in the local zone of the process; here it is
 * always UTC, and any zone is read.
 */
export const Timestamp = withText(u64, { format: formatUnixSeconds, parse: parseUnixSeconds });
export type Timestamp = bigint;

/** Every member is mandatory; the hash of its CBOR is the block hash. */
export const Header = struct("roothash.Header", {
  version: u16,
  namespace: Namespace,
  round: u64,
  timestamp: Timestamp,
  headerType: HeaderType,
  previousHash: Hash,
  ioRoot: Hash,
  stateRoot: Hash,
  messagesHash: Hash,
  inMsgsHash: Hash,
});
export type Header = TypeOf<typeof Header>;

export const Block = struct("roothash.Block", {
  header: Header,
});
export type Block = TypeOf<typeof Block>;

export const AnnotatedBlock = struct("roothash.AnnotatedBlock", {
  consensusHeight: i64Number,
  block: nullable(Block),
});
export type AnnotatedBlock = TypeOf<typeof AnnotatedBlock>;
