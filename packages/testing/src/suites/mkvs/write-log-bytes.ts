import { encodeCbor } from "@wadi/codec";
import { WriteLogEntries, hashBytes, packedToHex } from "@wadi/mkvs";
import type { WriteLog } from "@wadi/mkvs";
import { compareBytes } from "@wadi/util";

/** The canonical CBOR of a write log sorted by key, which is how the files record logs. */
export function sortedWriteLog(log: WriteLog): Uint8Array {
  const entries = [...log].sort((a, b) => compareBytes(a.key, b.key));
  return encodeCbor(WriteLogEntries, entries);
}

export function writeLogHash(log: WriteLog): string {
  return packedToHex(hashBytes(sortedWriteLog(log)));
}
