import { hash } from "node:crypto";
import { toHex } from "@wadi/util";

/** SHA-512/256 straight from the runtime, so that suites do not check our hashing with itself. */
export function sha512_256(data: Uint8Array): Uint8Array {
  return hash("sha512-256", data, "buffer");
}

export function hashHex(data: Uint8Array): string {
  return toHex(sha512_256(data));
}
