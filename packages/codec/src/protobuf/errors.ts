import { registerError, WadiError, type ErrorKind } from "@wadi/util";

const module = "codec/protobuf";

/** The input ends inside a value. */
export const ErrTruncated = registerError(module, 1, "protobuf: unexpected end of input");
/** A varint of more than ten bytes. */
export const ErrVarintOverflow = registerError(module, 2, "protobuf: integer overflow");
/** A length that is negative as a signed 64-bit number. */
export const ErrInvalidLength = registerError(module, 3, "protobuf: negative length");
/** A known field with the wire type of another kind of field. */
export const ErrWrongWireType = registerError(module, 4, "protobuf: wrong wire type");
/** A field number that is not positive, or wire type 6 or 7. */
export const ErrIllegalTag = registerError(module, 5, "protobuf: illegal tag");
/** An end of group without its start, or a group that never ends. */
export const ErrInvalidGroup = registerError(module, 6, "protobuf: unexpected group");
/** An integer that the schema bounds below 2^53 and that is not. */
export const ErrIntegerRange = registerError(module, 7, "protobuf: integer out of range");
/** A timestamp outside years 1 to 9999, or nanoseconds outside a second. */
export const ErrInvalidTimestamp = registerError(module, 8, "protobuf: invalid timestamp");
/** A duration whose parts are out of range or of different sign. */
export const ErrInvalidDuration = registerError(module, 9, "protobuf: invalid duration");
/** A delimited message longer than its reader allows. */
export const ErrMessageTooLarge = registerError(module, 10, "protobuf: message exceeds max size");
/** A list with more elements than its schema allows. */
export const ErrTooManyElements = registerError(module, 11, "protobuf: too many elements");

/** Where in a message an error was found. */
export interface ProtoErrorPlace {
  /** Names from the outermost message to the field, for example `Block.header.time`. */
  readonly path: string;
  /** Bytes from the start of the outermost input. */
  readonly offset: number;
}

/** An error of decoding, with field path and offset as data. */
export function protoError(kind: ErrorKind, place: ProtoErrorPlace, detail?: string): WadiError {
  const at = `${place.path} at byte ${place.offset}`;
  return new WadiError(kind, { context: detail === undefined ? at : `${detail}: ${at}`, data: { ...place } });
}
