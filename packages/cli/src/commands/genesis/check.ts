// `genesis check`: whether a genesis file is valid and in canonical form, and its hashes.
// Reference: oasis-core go/oasis-node/cmd/genesis/genesis.go `doCheckGenesis`.
import { sha256 } from "@wadi/crypto";
import { genesis } from "@wadi/types";
import { toHex } from "@wadi/util";

import type { Run } from "../../command.ts";
import type { Io } from "../../io.ts";
import { Logger } from "../../log.ts";
import { CanonicalComparison, type Difference } from "./canonical.ts";
import { GenesisFileError, loadGenesis, readGenesisFile } from "./load.ts";
import type { checkOptions } from "./options.ts";

export const checkGenesisFile: Run<typeof checkOptions> = async ({ file, dontBlameOasis, allowTestKeys }, io) => {
  const log = new Logger({ module: "cmd/genesis", output: io.stdout });
  let bytes: Uint8Array;
  let document: genesis.Document;
  try {
    bytes = await readGenesisFile(file);
    document = loadGenesis(bytes, { dontBlameOasis, allowTestKeys });
  } catch (err) {
    if (!(err instanceof GenesisFileError)) throw err;
    log.error("failed to get genesis document", { err });
    return 1;
  }

  const comparison = new CanonicalComparison(bytes);
  genesis.printGenesisTo(document, comparison.write);
  const difference = await comparison.difference();
  if (difference !== undefined) {
    reportDifference(difference, bytes, log, io);
    return 1;
  }

  io.stdout.write("genesis file is valid and in canonical form\n");
  io.stdout.write(`genesis document's hash: ${genesis.genesisHash(document)}\n`);
  io.stdout.write(`genesis file's SHA256 checksum: ${toHex(sha256(bytes))}\n`);
  return 0;
};

function reportDifference(difference: Difference, file: Uint8Array, log: Logger, io: Io): void {
  const err = isSingleLine(file)
    ? "genesis file has everything on a single line"
    : "genesis file is not in canonical form, see the diff on stderr";
  log.error("genesis file is not in canonical form", { err });
  if (difference.unified !== undefined) {
    io.stderr.write(`Diff:\n${difference.unified}\n`);
    return;
  }
  const show = (line: string | undefined): string => line ?? "(end of file)";
  io.stderr.write(
    "The file differs too much for a diff. " +
      `First difference, line ${difference.line}:\n` +
      `-${show(difference.actual)}\n+${show(difference.canonical)}\n`,
  );
}

const WHITE_SPACE = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);

/** Ignoring white space around the text. */
function isSingleLine(file: Uint8Array): boolean {
  let end = file.length;
  while (end > 0 && WHITE_SPACE.has(file[end - 1] ?? 0)) end--;
  let start = 0;
  while (start < end && WHITE_SPACE.has(file[start] ?? 0)) start++;
  return !file.subarray(start, end).includes(0x0a);
}
