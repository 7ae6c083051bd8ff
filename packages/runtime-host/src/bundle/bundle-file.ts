// Files of a bundle, wherever their bytes are.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

/** The content of one file, wherever it comes from. */
export interface BundleFile {
  readonly sizeBytes: number;
  /** What the stream gives belongs to whoever reads it, who may let its memory go at once. */
  readonly givesAway?: boolean;
  /** A fresh stream from the first byte. */
  open(): Promise<Readable>;
}

/** A file of these bytes, which are not copied. */
export function fileOfBytes(bytes: Uint8Array): BundleFile {
  return { sizeBytes: bytes.length, open: () => Promise.resolve(Readable.from([bytes])) };
}

/** All of a file, for small ones. */
export async function readFileBytes(file: BundleFile): Promise<Uint8Array> {
  return new Uint8Array(await buffer(await file.open()));
}

/** A file on disk as it is now. Throws what the file system throws. */
export async function fileOnDisk(path: string): Promise<BundleFile> {
  const { size } = await stat(path);
  return { sizeBytes: size, open: () => Promise.resolve(createReadStream(path)) };
}
