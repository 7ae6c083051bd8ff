// The I/O tree of a batch: inputs first, then what their execution gave.
import { encodeCbor, list, bytes } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { addTransaction, pack, RootType, Tree, WriteLog, type WriteLogEntries } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";

const RawBatch = list(bytes);

/** The hash of the CBOR array of inputs. */
export function rawBatchHash(inputs: readonly Uint8Array[]): Hash {
  return hashOf(encodeCbor(RawBatch, inputs));
}

/** The root of a tree with just the inputs, in this order. Throws ErrInvalidTransaction for an empty one. */
export function inputRoot(inputs: readonly Uint8Array[]): Hash {
  const tree = Tree.empty(RootType.io);
  inputs.forEach((input, batchOrder) => addTransaction(tree, { input, output: null, batchOrder }));
  return tree.hash() as Hash;
}

/** A received log; of several changes of one key the last counts. */
export function writeLogOf(log: WriteLogEntries): WriteLog {
  const changes = new Map<string, string | null>();
  for (const { key, value } of log) changes.set(pack(key), value === null ? null : pack(value));
  return new WriteLog(changes);
}
