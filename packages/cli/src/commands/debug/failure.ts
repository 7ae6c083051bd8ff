// What ends a debug command with a message instead of a result.
import { BlockFailure } from "@wadi/apps";
import { WadiError } from "@wadi/util";
import { describeFileError, isSystemError } from "../../file-error.ts";
import type { Io } from "../../io.ts";
import { GenesisFileError } from "../genesis/load.ts";

/** An argument or a file that cannot be used; the message says what to do. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** Runs a command's body: refusals are printed and give exit code 1, defects of the program pass. */
export async function reporting(io: Io, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (e) {
    io.stderr.write(`Error: ${refusalText(e)}\n`);
    return 1;
  }
}

function refusalText(e: unknown): string {
  if (isSystemError(e)) return describeFileError(e);
  const known = [CommandFailure, GenesisFileError, BlockFailure, WadiError].some((type) => e instanceof type);
  if (known && e instanceof Error) return e.message;
  throw e;
}

/** A whole number from 0 to 2^53 - 1, or undefined for empty text. */
export function wholeNumber(flag: string, text: string): number | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new CommandFailure(`--${flag} takes a whole number, not "${text}"`);
  }
  return value;
}
