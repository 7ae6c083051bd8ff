// Timestamps and durations as the reference's `stdtime` and `stdduration` fields: never left out,
// and the last occurrence replaces earlier ones as a whole. Both are bigint nanoseconds here,
// which represents Go's zero time and the whole range exactly and compares with `<`.
import type { Field } from "./field.ts";
import { ErrInvalidDuration, ErrInvalidTimestamp } from "./errors.ts";
import { WireType, type ProtoReader } from "./reader.ts";
import { written, type ProtoWriter } from "./writer.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
/** Year 1, what an unset Go time encodes as. */
const MIN_SECONDS = -62_135_596_800;
/** Year 10000; not included. */
const END_SECONDS = 253_402_300_800;
const MAX_DURATION_SECONDS = 315_576_000_000;
/** Not included. */
const MAX_NANOS = 1_000_000_000;

/** Nanoseconds since the Unix epoch of Go's zero time, 0001-01-01T00:00:00Z. */
export const GO_ZERO_TIME: bigint = BigInt(MIN_SECONDS) * NANOS_PER_SECOND;
const END_TIME = BigInt(END_SECONDS) * NANOS_PER_SECOND;

/** Both are below 2^53: seconds of any bigint of 64 bits, and what is left of them. */
function writeParts(writer: ProtoWriter, seconds: number, nanos: number): void {
  if (nanos !== 0) {
    writer.signed(nanos);
    writer.tag(2, WireType.varint);
  }
  if (seconds !== 0) {
    writer.signed(seconds);
    writer.tag(1, WireType.varint);
  }
}

/** Seconds are exact within the ranges of both types. */
function readParts(reader: ProtoReader): { seconds: number; nanos: number } {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.at < reader.end) {
    reader.tag();
    if (reader.fieldNumber === 1) {
      reader.setField("seconds");
      reader.expect(WireType.varint);
      seconds = reader.int64Approximate();
    } else if (reader.fieldNumber === 2) {
      reader.setField("nanos");
      reader.expect(WireType.varint);
      nanos = reader.int32();
    } else reader.skip();
  }
  reader.leave(outer);
  return { seconds, nanos };
}

/** A google.protobuf.Timestamp message; RangeError outside years 1 to 9999. */
export function encodeTimestamp(time: bigint): Uint8Array {
  return written((writer) => writeTimestampBody(writer, time));
}

function writeTimestampBody(writer: ProtoWriter, time: bigint): void {
  if (time < GO_ZERO_TIME || time >= END_TIME) throw new RangeError("time outside years 1 to 9999");
  let seconds = Number(time / NANOS_PER_SECOND);
  let nanos = Number(time % NANOS_PER_SECOND);
  if (nanos < 0) {
    nanos += 1e9;
    seconds--;
  }
  writeParts(writer, seconds, nanos);
}

/** A Timestamp that is always written; nanoseconds since the Unix epoch, initially year 1. */
export function timestamp(number: number): Field<bigint> {
  return {
    numbers: [number],
    initial: () => GO_ZERO_TIME,
    write(writer, time) {
      const before = writer.size;
      writeTimestampBody(writer, time);
      writer.varint(writer.size - before);
      writer.tag(number, WireType.bytes);
    },
    read(reader) {
      reader.expect(WireType.bytes);
      const { seconds, nanos } = readParts(reader);
      if (seconds < MIN_SECONDS || seconds >= END_SECONDS || nanos < 0 || nanos >= MAX_NANOS) {
        throw reader.fail(ErrInvalidTimestamp, `${seconds} s ${nanos} ns`);
      }
      return BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos);
    },
  };
}

/** A Duration that is always written; nanoseconds, within a Go duration (int64). */
export function duration(number: number): Field<bigint> {
  return {
    numbers: [number],
    initial: () => 0n,
    write(writer, value) {
      const before = writer.size;
      writeParts(writer, Number(value / NANOS_PER_SECOND), Number(value % NANOS_PER_SECOND));
      writer.varint(writer.size - before);
      writer.tag(number, WireType.bytes);
    },
    read(reader) {
      reader.expect(WireType.bytes);
      const { seconds, nanos } = readParts(reader);
      const value = BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos);
      const sized = seconds >= -MAX_DURATION_SECONDS && seconds <= MAX_DURATION_SECONDS;
      const signed = !(seconds < 0 && nanos > 0) && !(seconds > 0 && nanos < 0);
      const nanosInRange = nanos > -MAX_NANOS && nanos < MAX_NANOS;
      if (!sized || !signed || !nanosInRange || BigInt.asIntN(64, value) !== value) {
        throw reader.fail(ErrInvalidDuration, `${seconds} s ${nanos} ns`);
      }
      return value;
    },
  };
}
