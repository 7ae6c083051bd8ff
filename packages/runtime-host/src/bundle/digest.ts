// SHA-512/256 of streams and files, as the digests of a manifest have it.
import { createReadStream } from "node:fs";

import { Hasher } from "@wadi/crypto";
import type { Hash } from "@wadi/types";

/** Reads to the end; fails as the stream does. */
export async function hashStream(stream: AsyncIterable<Uint8Array>): Promise<Hash> {
  const hasher = new Hasher();
  for await (const chunk of stream) hasher.update(chunk);
  return hasher.digestHash();
}

export function hashFile(path: string): Promise<Hash> {
  return hashStream(createReadStream(path));
}
