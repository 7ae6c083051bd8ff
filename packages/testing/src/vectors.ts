// Where conformance data come from: the folder in the repository, else the one that
// WADI_VECTORS names (default: shared/vectors beside the repository).
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** The checked-in data. */
export const conformanceFolder = join(repository, "conformance");

/** Outside data; may not exist. */
export const outsideFolder = resolve(process.env["WADI_VECTORS"] ?? join(repository, "../shared/vectors"));

/** Recorded chains lie beside the outside vectors. */
export const outsideChainsFolder = resolve(outsideFolder, "../chains");

function readFirst(candidates: readonly string[]): Uint8Array | undefined {
  for (const path of candidates) {
    if (existsSync(path)) return readFileSync(path);
    if (existsSync(`${path}.gz`)) return gunzipSync(readFileSync(`${path}.gz`));
  }
  return undefined;
}

/** The bytes of a vector file such as `mkvs/proofs`, or undefined where it is not at hand. */
export function vectorBytes(name: string): Uint8Array | undefined {
  return readFirst([join(conformanceFolder, `${name}.json`), join(outsideFolder, `${name}.json`)]);
}

/**
 * A parsed vector file, or undefined where it is not at hand (the test then skips, visibly).
 * Integers above 2^53 lose digits here; a case that holds one keeps it as text or in its CBOR,
 * or is read with the project's own JSON reader from `vectorBytes`.
 */
export function loadVector<T = unknown>(name: string): T | undefined {
  const bytes = vectorBytes(name);
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString("utf8")) as T);
}

/** The unpacked bytes of a file of a recorded chain, for instance `staking/chain.jsonl`. */
export function chainBytes(name: string): Uint8Array | undefined {
  return readFirst([join(conformanceFolder, "chains", name), join(outsideChainsFolder, name)]);
}
