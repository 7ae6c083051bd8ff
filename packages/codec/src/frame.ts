// Length-prefixed messages (go/common/cbor/codec.go): the runtime host protocol's socket and the
// streams of the P2P RPC. Four bytes, big-endian, then one CBOR item in RPC mode.
import { concatBytes } from "@wadi/util";

import { decodeCborItem } from "./cbor.ts";
import { DecodeError, EncodeError } from "./errors.ts";
import type { Schema } from "./schema.ts";

/** The longest message, without its length. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const TOO_LARGE = "codec: message too large";
const MALFORMED = "codec: message is malformed";
const HEADER_BYTES = 4;

/** The four bytes that precede a message; throws EncodeError for one that is too large. */
export function frameHeader(length: number): Uint8Array {
  if (length > MAX_MESSAGE_BYTES) throw new EncodeError(TOO_LARGE);
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
}

/** A message with its header; throws EncodeError if it is too large. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEADER_BYTES + message.length);
  framed.set(frameHeader(message.length));
  framed.set(message, HEADER_BYTES);
  return framed;
}

/** What was read of one stream: state for `splitFrames`. */
export interface FrameState {
  /** Received parts of the message that is not complete yet, header included. */
  readonly parts: readonly Uint8Array[];
  readonly received: number;
}

export const NO_FRAME: FrameState = { parts: [], received: 0 };

/**
 * Adds received bytes and returns the messages that are now complete, without their headers.
 * Messages may share memory with the chunks. Throws DecodeError as soon as a length is too large;
 * the stream is then of no more use. Memory is bounded by what was received.
 */
export function splitFrames(
  state: FrameState,
  chunk: Uint8Array,
): { readonly state: FrameState; readonly messages: readonly Uint8Array[] } {
  const messages: Uint8Array[] = [];
  let parts = [...state.parts, chunk];
  let received = state.received + chunk.length;
  for (;;) {
    const length = messageLength(parts, received);
    if (length === undefined || received < HEADER_BYTES + length) break;
    const joined = parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts);
    messages.push(joined.subarray(HEADER_BYTES, HEADER_BYTES + length));
    parts = [joined.subarray(HEADER_BYTES + length)];
    received -= HEADER_BYTES + length;
  }
  return { state: { parts, received }, messages };
}

/** The length that the header announces, once there is one. */
function messageLength(parts: Uint8Array[], received: number): number | undefined {
  if (received < HEADER_BYTES) return undefined;
  if ((parts[0] as Uint8Array).length < HEADER_BYTES) parts.splice(0, parts.length, concatBytes(...parts));
  const [a = 0, b = 0, c = 0, d = 0] = parts[0] as Uint8Array;
  const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  if (length > MAX_MESSAGE_BYTES) throw new DecodeError(TOO_LARGE);
  return length;
}

/**
 * Decodes a message without its header, in RPC mode. Bytes after the item are refused only where
 * the reference notices them: it reads 512 bytes, then 1536, 3584 and so on until the item is
 * complete, and looks only at what it did not read. Throws DecodeError.
 */
export function decodeMessage<T>(schema: Schema<T>, message: Uint8Array): T {
  const { value, end } = decodeCborItem(schema, message, "rpc");
  let buffered = 512;
  while (buffered < end) buffered = buffered * 2 + 512;
  if (message.length > buffered) throw new DecodeError(MALFORMED, end);
  return value;
}
