import { hash } from "node:crypto";

/** SHA-256 of one piece of data; the native one-shot call is the cheapest for small inputs. */
export function sha256(data: Uint8Array): Uint8Array {
  const digest = hash("sha256", data, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}
