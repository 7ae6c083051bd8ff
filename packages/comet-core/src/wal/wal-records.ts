// Records of the write-ahead log as bytes: CRC-32C of the data, length of the data (both four
// bytes, big endian), data. Reference: consensus/wal.go of the fork.
import type { TimeNs } from "@wadi/comet-types";
import { pooledBytes, WadiError } from "@wadi/util";
import type { WalRecord } from "../rounds/types.ts";
import { crc32c } from "./crc32c.ts";
import { ErrWalRecordTooBig } from "./errors.ts";
import { TimedWalMessage, walRecordFromMessage, walRecordToMessage } from "./wal-messages.ts";

const HEADER_BYTES = 8;
/** Longest data of a record: the longest message and some bytes around it. */
const MAX_WAL_DATA_BYTES = 1024 * 1024 + 24;

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The bytes of a record. Throws ErrWalRecordTooBig. */
export function encodeWalRecord(record: WalRecord, time: TimeNs): Uint8Array {
  const data = TimedWalMessage.encode({ time, msg: walRecordToMessage(record) });
  if (data.length > MAX_WAL_DATA_BYTES) {
    throw new WadiError(ErrWalRecordTooBig, { context: `${data.length} bytes, at most ${MAX_WAL_DATA_BYTES}` });
  }
  const bytes = pooledBytes(HEADER_BYTES + data.length);
  putUint32(bytes, 0, crc32c(data));
  putUint32(bytes, 4, data.length);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}

/** Why the bytes at an offset are no record. */
export interface WalFault {
  /**
   * "torn" where the last write did not get to the disk as a whole: nothing follows. "corrupt"
   * where records were damaged after they had been written.
   */
  readonly kind: "torn" | "corrupt";
  readonly offset: number;
  readonly reason: string;
}

/** A record with its place; `end` is the offset behind it. */
export interface PlacedWalRecord {
  readonly record: WalRecord;
  readonly time: TimeNs;
  readonly offset: number;
  readonly end: number;
}

type Decoded = PlacedWalRecord | WalFault | undefined;

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The record at an offset; undefined at the end of the bytes. */
export function decodeWalRecord(bytes: Uint8Array, offset = 0): Decoded {
  const rest = bytes.length - offset;
  if (rest === 0) return undefined;
  const torn = (reason: string): WalFault => ({ kind: "torn", offset, reason });
  if (rest < HEADER_BYTES) return torn(`record header of ${rest} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, rest);
  const checksum = view.getUint32(0);
  const length = view.getUint32(4);
  const end = offset + HEADER_BYTES + length;
  // A file that had grown before its data were written reads as zeros.
  if (length === 0 && isZero(bytes.subarray(offset))) return torn("only zeros follow");
  const fault = (reason: string): WalFault => ({ kind: end >= bytes.length ? "torn" : "corrupt", offset, reason });
  if (length > MAX_WAL_DATA_BYTES) {
    const reason = `length ${length} exceeded maximum possible value of ${MAX_WAL_DATA_BYTES} bytes`;
    return { kind: "corrupt", offset, reason };
  }
  if (end > bytes.length) return torn(`failed to read data (read: ${rest - HEADER_BYTES}, wanted: ${length})`);
  const data = bytes.subarray(offset + HEADER_BYTES, end);
  const actual = crc32c(data);
  if (actual !== checksum) return fault(`checksums do not match: read: ${checksum}, actual: ${actual}`);
  try {
    const { time, msg } = TimedWalMessage.decode(data);
    const record = walRecordFromMessage(msg);
    if (record !== undefined) return { record, time, offset, end };
    return { kind: "corrupt", offset, reason: msg === undefined ? "nil WAL message" : "unknown WAL message" };
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    return { kind: "corrupt", offset, reason: `failed to decode data: ${e.message}` };
  }
}

/** True for what `decodeWalRecord` gives where there is no record. */
export function isWalFault(decoded: PlacedWalRecord | WalFault): decoded is WalFault {
  return "reason" in decoded;
}

export interface DecodedWal {
  readonly records: readonly PlacedWalRecord[];
  /** What ended the decoding before the end of the bytes. */
  readonly fault: WalFault | undefined;
}

/** All records up to the end or the first fault. */
export function decodeWal(bytes: Uint8Array): DecodedWal {
  const records: PlacedWalRecord[] = [];
  let offset = 0;
  for (;;) {
    const decoded = decodeWalRecord(bytes, offset);
    if (decoded === undefined) return { records, fault: undefined };
    if (isWalFault(decoded)) return { records, fault: decoded };
    records.push(decoded);
    offset = decoded.end;
  }
}
