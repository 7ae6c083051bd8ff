// The ZIP container: entries by name, read through the central directory, within limits.
// Stricter than the reference with names that no file can have and with sizes; see `ArchiveLimits`.
import { Transform, type Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";

import { type Entry, openPromise, type ZipFile } from "yauzl";

import { BundleError, messageOf, refusal } from "./errors.ts";
import { MANIFEST_NAME } from "./manifest.ts";

/** What an archive may claim before anything of it is unpacked. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Sum over all files, in bytes after unpacking. */
  readonly unpackedBytes: number;
  readonly manifestBytes: number;
}

const METHOD_DEFLATE = 8;
/** What is unpacked at a time: each piece of an executable of 100 MB passes several streams. */
const INFLATE_BYTES = 512 * 1024;

/** The most bytes of a file's name that file systems take. */
const MAX_NAME_BYTES = 255;

/** An open archive; close it. Its files can be read any number of times. */
export class Archive implements AsyncDisposable {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  /** All names, that of the manifest first. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Bytes after unpacking. Throws for a name that is not there. */
  size(name: string): number {
    return this.#entry(name).uncompressedSize;
  }

  /** The file's bytes; the stream fails if they do not have the size and checksum that the archive states. */
  async open(name: string): Promise<Readable> {
    const entry = this.#entry(name);
    try {
      const isDeflated = entry.compressionMethod === METHOD_DEFLATE;
      const stored = await this.#zip.openReadStreamPromise(entry, isDeflated ? { decompress: false } : {});
      const inflated = isDeflated ? stored.pipe(createInflateRaw({ chunkSize: INFLATE_BYTES })) : stored;
      const checked = inflated.pipe(contentOf(entry, name));
      for (const stream of new Set([stored, inflated])) {
        stream.once("error", (e) => checked.destroy(refusal("archive", `failed to read '${name}': ${e.message}`, e)));
        checked.once("close", () => stream.destroy());
      }
      return checked;
    } catch (e) {
      throw refusal("archive", `failed to read '${name}': ${messageOf(e)}`, e);
    }
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw refusal("missingFile", `missing '${name}' in bundle`);
    return entry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#zip.isOpen) return;
    const closed = new Promise<void>((resolve) => this.#zip.once("close", () => resolve()));
    this.#zip.close();
    await closed;
  }
}

/** Opens a ZIP file whose first entry is the manifest and whose other entries have flat names. Throws a BundleError. */
export async function openArchive(path: string, limits: ArchiveLimits): Promise<Archive> {
  let zip: ZipFile;
  try {
    // Names are checked here, as bytes that the library has not touched.
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
    // Whoever reads gets the error as well; without a listener the event would end the process.
    zip.on("error", () => undefined);
  } catch (e) {
    throw refusal("archive", `failed to open bundle: ${messageOf(e)}`, e);
  }
  const archive = new Archive(zip, new Map());
  try {
    return new Archive(zip, await readEntries(zip, limits));
  } catch (e) {
    await archive[Symbol.asyncDispose]();
    throw e instanceof BundleError ? e : refusal("archive", `failed to open bundle: ${messageOf(e)}`, e);
  }
}

async function readEntries(zip: ZipFile, limits: ArchiveLimits): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries) throw refusal("tooLarge", `more than ${limits.entries} files`);
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry, entries.size === 0);
    // Of equal names the later one counts, but the manifest stays first.
    entries.set(name, entry);
    unpacked += entry.uncompressedSize;
    if (unpacked > limits.unpackedBytes) throw refusal("tooLarge", `more than ${limits.unpackedBytes} bytes unpacked`);
    if (!entry.canDecodeFileData()) throw refusal("archive", `failed to read '${name}': unsupported algorithm`);
    if (name === MANIFEST_NAME && entry.uncompressedSize > limits.manifestBytes) {
      throw refusal("tooLarge", `manifest larger than ${limits.manifestBytes} bytes`);
    }
  }
  if (entries.size === 0) throw refusal("archive", "missing manifest");
  return entries;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function nameOf(entry: Entry, isFirst: boolean): string {
  let name: string;
  try {
    name = utf8.decode(entry.fileNameRaw);
  } catch (e) {
    throw refusal("path", `failed to sanitize path '${entry.fileNameRaw.toString("latin1")}'`, e);
  }
  if (isFirst) {
    if (name !== MANIFEST_NAME) throw refusal("archive", `invalid manifest file name: '${name}'`);
    return name;
  }
  if (!isFlatName(name)) throw refusal("path", `failed to sanitize path '${name}'`);
  return name;
}

/** Whether a file may have that name in a bundle: no directories, nothing that means one. */
export function isFlatName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !name.includes("/") &&
    !name.includes("\0") &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}

/** Passes bytes on and fails if they are more or fewer than the entry says, or do not have its checksum. */
function contentOf({ crc32: expected, uncompressedSize }: Entry, name: string): Transform {
  let checksum = 0;
  let sizeBytes = 0;
  const failure = (what: string): Error => refusal("archive", `failed to read '${name}': ${what}`);
  return new Transform({
    readableHighWaterMark: INFLATE_BYTES,
    writableHighWaterMark: INFLATE_BYTES,
    transform(chunk: Uint8Array, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > uncompressedSize) return done(failure(`more than ${uncompressedSize} bytes`));
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
    flush(done) {
      if (sizeBytes < uncompressedSize) return done(failure(`only ${sizeBytes} of ${uncompressedSize} bytes`));
      done(checksum === expected ? null : failure("zip: checksum error"));
    },
  });
}
