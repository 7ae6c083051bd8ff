// Reading a genesis file: every failure has the text that operators know from the reference.
// Reference: oasis-core go/genesis/file/file.go.
import { readFile } from "node:fs/promises";

import { genesis } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { describeFileError } from "../../file-error.ts";

/** A genesis file that cannot be used. */
export class GenesisFileError extends Error {
  override readonly name = "GenesisFileError";
}

/** The bytes of the file; throws GenesisFileError. */
export async function readGenesisFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new GenesisFileError(`genesis: failed to open genesis document: ${describeFileError(cause, path)}`, {
      cause,
    });
  }
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
