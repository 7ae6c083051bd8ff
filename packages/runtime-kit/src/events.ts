import type { Schema } from "@wadi/codec";
import { concatBytes, utf8 } from "@wadi/util";

/**
 * A kind of events. Clients find them as tags: the key is the module's name and the code as u32
 * big-endian, the value the CBOR array of all events of the kind in a transaction, in their order.
 * Reference: oasis-sdk runtime-sdk/src/event.rs.
 */
export interface EventKind<T> {
  readonly key: Uint8Array;
  readonly schema: Schema<T>;
}

/** Declares a kind of events. */
export function eventKind<T>(module: string, code: number, schema: Schema<T>): EventKind<T> {
  const suffix = new Uint8Array(4);
  new DataView(suffix.buffer).setUint32(0, code);
  return { key: concatBytes(utf8(module), suffix), schema };
}
