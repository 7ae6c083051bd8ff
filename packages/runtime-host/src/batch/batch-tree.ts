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
  const items = new Map<string, string>();
  const collector = { insertPacked: (key: string, value: string) => items.set(key, value) };
  inputs.forEach((input, batchOrder) => addTransaction(collector, { input, output: null, batchOrder }));
  const tree = Tree.empty(RootType.io);
  tree.applyWriteLog(new WriteLog(items));
  return tree.hash() as Hash;
}

/** A received log, after `before`; of several changes of one key the last counts. */
export function writeLogOf(log: WriteLogEntries, before?: WriteLog): WriteLog {
  const changes = new Map<string, string | null>(before?.changes);
  for (const { key, value } of log) changes.set(pack(key), value === null ? null : pack(value));
  return new WriteLog(changes);
}
