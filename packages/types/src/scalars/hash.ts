// Reference: go/common/crypto/hash/hash.go.
import { fixedHex, type Schema } from "@wadi/codec";
import type { Hash as HashText } from "@wadi/crypto";

/** SHA-512/256 digest. The zero hash is a value never set; the hash of nothing is `EMPTY_HASH`. */
export const Hash: Schema<HashText> = fixedHex<HashText>("hash", 32, {
  json: "hex",
  wrongLength: "hash: malformed hash",
});
export type Hash = HashText;
