// Transactions of the sample runtime.
import { bytes, encodeCbor, raw, struct, text, u64, u8 } from "@wadi/codec";
import { utf8 } from "@wadi/util";

const Call = struct("keyvalue.Call", { sender: bytes, nonce: u64, method: text, args: raw });
const members = { key: text, generation: u64, churpId: u8 };
const Insert = struct("keyvalue.Insert", { ...members, value: text });
const Get = struct("keyvalue.Get", members);

/** Arguments of the query `get`. */
export function getArguments(key: string): Uint8Array {
  return encodeCbor(Get, { key, generation: 0n, churpId: 0 });
}

/** Inserts a value under a key. A sender's numbers count from 0. */
export function insertion(sender: string, nonce: bigint, key: string, value: string): Uint8Array {
  const args = encodeCbor(Insert, { key, value, generation: 0n, churpId: 0 });
  return encodeCbor(Call, { sender: utf8(sender), nonce, method: "insert", args });
}
