// What bundle commands tell about a failure: one line, exit code 1.
import { WadiError } from "@wadi/util";

import { describeFileError, isSystemError } from "../../file-error.ts";
import type { Io } from "../../io.ts";

/** Wrong use of the command. */
export class UsageFailure extends Error {
  override readonly name = "UsageFailure";
}

/** Runs `body`; expected failures become a line on standard error. */
export async function reportFailures(io: Io, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (e) {
    if (!(e instanceof WadiError || e instanceof UsageFailure || isSystemError(e))) throw e;
    io.stderr.write(`Error: ${isSystemError(e) ? describeFileError(e) : e.message}\n`);
    return 1;
  }
}
