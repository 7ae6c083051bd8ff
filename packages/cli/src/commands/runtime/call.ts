import { bytes, raw, struct, text, u64 } from "@wadi/codec";

/** Calls as the reference's test runtime and the sample of this repository have them. */
export const Call = struct("keyvalue.Call", { sender: bytes, nonce: u64, method: text, args: raw });
