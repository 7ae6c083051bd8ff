// Reading a genesis file: every failure has the text that operators know from the reference.
// Reference: oasis-core go/genesis/file/file.go.
import { open } from "node:fs/promises";

import { genesis } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { describeFileError } from "../../file-error.ts";

/** Five times the largest document known; what is longer (a device, a wrong file) is not one. */
const MAX_BYTES = 1 << 30;

/** A genesis file that cannot be used. */
export class GenesisFileError extends Error {
  override readonly name = "GenesisFileError";
}

/** The bytes of the file; throws GenesisFileError, also when there are more than `maxBytes`. */
export async function readGenesisFile(path: string, maxBytes = MAX_BYTES): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readAtMost(path, maxBytes);
  } catch (cause) {
    throw new GenesisFileError(`genesis: failed to open genesis document: ${describeFileError(cause, path)}`, {
      cause,
    });
  }
  if (bytes !== undefined) return bytes;
  throw new GenesisFileError(
    `genesis: failed to open genesis document: ${path} is longer than any genesis document (${maxBytes} bytes)`,
  );
}

/** Nothing where the file is longer; a pipe or a device does not say so before it is read. */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  await using file = await open(path);
  const stats = await file.stat();
  if (stats.isFile()) return stats.size > maxBytes ? undefined : await file.readFile();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of file.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The document in the file after its sanity check; throws GenesisFileError. */
export function loadGenesis(file: Uint8Array, options: genesis.SanityOptions): genesis.Document {
  let document: genesis.Document;
  try {
    document = genesis.parseGenesis(file);
  } catch (cause) {
    throw new GenesisFileError(`genesis: malformed genesis file: ${textOf(cause)}`, { cause });
  }
  try {
    genesis.checkGenesisDocument(document, options);
  } catch (cause) {
    throw new GenesisFileError(`genesis: bad genesis file: ${textOf(cause)}`, { cause });
  }
  return document;
}

/** Refusals of our own code only; a defect of the program passes. */
function textOf(e: unknown): string {
  if (e instanceof WadiError) return e.message;
  throw e;
}
